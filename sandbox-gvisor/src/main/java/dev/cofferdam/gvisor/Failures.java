package dev.cofferdam.gvisor;

import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.SandboxException;
import java.io.IOException;
import java.nio.file.FileSystemException;

/** How failures of files and sockets become coded ones. */
final class Failures {
  private Failures() {}

  static SandboxException io(String tried, IOException e) {
    String reason = e instanceof FileSystemException f ? f.getReason() : e.getMessage();
    boolean full = reason != null && reason.contains("No space left on device");
    return new SandboxException(
        full ? ErrorCode.RESOURCE_EXHAUSTED : ErrorCode.INTERNAL, tried + ": " + e, e);
  }
}
