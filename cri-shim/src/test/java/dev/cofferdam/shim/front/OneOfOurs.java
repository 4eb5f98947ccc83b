package dev.cofferdam.shim.front;

import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.SandboxException;
import java.util.Optional;

/** Owns a pod {@code aaaa…}, its container {@code cccc…}, and the handler {@code gvisor}. */
final class OneOfOurs implements Ownership {
  static final String POD = "a".repeat(64);
  static final String CONTAINER = "c".repeat(64);

  volatile boolean ready = true;

  /** A prefix of several. */
  volatile String ambiguous = "";

  @Override
  public boolean ready() {
    return ready;
  }

  @Override
  public boolean ownsHandler(String handler) {
    return handler.equals("gvisor");
  }

  @Override
  public Optional<String> sandboxId(String idOrPrefix) {
    if (!idOrPrefix.isEmpty() && idOrPrefix.equals(ambiguous)) {
      throw new SandboxException(ErrorCode.INVALID_ARGUMENT, "there are several " + idOrPrefix);
    }
    return full(POD, idOrPrefix);
  }

  @Override
  public Optional<String> containerId(String idOrPrefix) {
    return full(CONTAINER, idOrPrefix);
  }

  private static Optional<String> full(String id, String prefix) {
    return !prefix.isEmpty() && id.startsWith(prefix) ? Optional.of(id) : Optional.empty();
  }
}
