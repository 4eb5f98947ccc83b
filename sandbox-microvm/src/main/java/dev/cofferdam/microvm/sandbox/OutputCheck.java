package dev.cofferdam.microvm.sandbox;

import dev.cofferdam.microvm.guest.v1.OutputChunk;
import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.SandboxException;
import io.grpc.StatusRuntimeException;

/** Whether what a guest sends as output is what guest.proto promises. */
final class OutputCheck {
  private static final int MOST_BYTES = 64 << 10;

  private OutputCheck() {}

  /**
   * Ends the sandbox of a guest that sends something else.
   *
   * @param offset of the byte that comes next
   */
  static void require(OutputChunk chunk, long offset, String containerId, SandboxEnd end) {
    String what = "output of container " + containerId + " ";
    if (chunk.getOffset() != offset) {
      throw end.broken(
          what + "from byte " + Long.toUnsignedString(chunk.getOffset()) + " instead of " + offset);
    }
    if (chunk.getData().size() > MOST_BYTES) {
      throw end.broken(what + "in a piece of " + chunk.getData().size() + " bytes");
    }
    if (chunk.getData().isEmpty() && !chunk.getEnd()) {
      throw end.broken(what + "without a byte in it");
    }
  }

  /** A message beyond what we take is no failure that could pass. */
  static void requireSize(SandboxException e, String containerId, SandboxEnd end) {
    boolean fromGuest = e.getCause() instanceof StatusRuntimeException;
    if (fromGuest && e.code() == ErrorCode.RESOURCE_EXHAUSTED) {
      throw end.broken("output of container " + containerId + ": " + e.getMessage());
    }
  }
}
