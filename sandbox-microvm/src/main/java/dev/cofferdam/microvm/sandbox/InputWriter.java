package dev.cofferdam.microvm.sandbox;

import com.google.protobuf.ByteString;
import dev.cofferdam.microvm.guest.GuestClient;
import dev.cofferdam.microvm.guest.v1.ProcessRef;
import dev.cofferdam.microvm.guest.v1.WriteInputRequest;
import dev.cofferdam.microvm.guest.v1.WriteInputResponse;
import dev.cofferdam.sandbox.Deadline;
import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.SandboxException;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** Writes to the standard input of a process in the guest. Used by one thread at a time. */
final class InputWriter {
  /** As guest.proto says; less, because it is copied. */
  static final int MOST_BYTES = 32 << 10;

  private static final Duration CALL_TIMEOUT = Duration.ofMinutes(1);

  private static final Duration PAUSE = Duration.ofMillis(20);

  private final GuestClient guest;
  private final ProcessRef process;
  private final BooleanSupplier given;
  private long offset;
  private boolean closed;

  /**
   * @param given whether it has been given up: a process that reads nothing is not waited for then
   */
  InputWriter(GuestClient guest, ProcessRef process, BooleanSupplier given) {
    this.guest = guest;
    this.process = process;
    this.given = given;
  }

  /** Goes on where an earlier process of the shim left off. */
  void resume() {
    offset = send(ByteString.EMPTY, false).getOffset();
  }

  /**
   * Waits until the process has taken it all.
   *
   * @return whether it still reads
   */
  boolean write(byte[] bytes, int from, int length) {
    int done = 0;
    while (done < length && !closed && !given.getAsBoolean()) {
      int count = Math.min(MOST_BYTES, length - done);
      long before = offset;
      WriteInputResponse taken = send(ByteString.copyFrom(bytes, from + done, count), false);
      long now = taken.getOffset();
      if (now < before || now > before + count) {
        throw new SandboxException(
            ErrorCode.INTERNAL, "the guest took input up to " + now + " of " + (before + count));
      }
      offset = now;
      done += (int) (now - before);
      if (now == before) {
        LockSupport.parkNanos(PAUSE.toNanos()); // an agent has waited by itself, another may not
      }
      closed = taken.getClosed();
    }
    return !closed;
  }

  /** The process's end of input. */
  void end() {
    if (!closed) {
      closed = true;
      var _ = send(ByteString.EMPTY, true);
    }
  }

  private WriteInputResponse send(ByteString bytes, boolean end) {
    return guest.call(
        "writing to the input of a process in container " + process.getContainerId(),
        Deadline.after(CALL_TIMEOUT),
        stub ->
            stub.writeInput(
                WriteInputRequest.newBuilder()
                    .setProcess(process)
                    .setOffset(offset)
                    .setData(bytes)
                    .setEnd(end)
                    .build()));
  }
}
