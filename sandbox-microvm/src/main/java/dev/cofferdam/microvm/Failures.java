package dev.cofferdam.microvm;

import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.SandboxException;
import java.io.IOException;
import java.nio.file.FileSystemException;

/** How failures of files and sockets become coded ones. */
public final class Failures {
  private Failures() {}

  /**
   * A failed call on a file or a socket.
   *
   * @param tried what, on what
   */
  public static SandboxException io(String tried, IOException e) {
    String reason = e instanceof FileSystemException f ? f.getReason() : e.getMessage();
    boolean full = reason != null && reason.contains("No space left on device");
    return new SandboxException(
        full ? ErrorCode.RESOURCE_EXHAUSTED : ErrorCode.INTERNAL, tried + ": " + e, e);
  }

  /** Somebody wants this thread to give up. */
  public static SandboxException interrupted(String tried, InterruptedException e) {
    Thread.currentThread().interrupt();
    return new SandboxException(ErrorCode.UNAVAILABLE, "interrupted while " + tried, e);
  }
}
