package dev.cofferdam.gvisor;

import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.ProcessSpec;
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

  /** Of a process that the sentry would not start in a container, by what it said. */
  static SandboxException notStarted(ProcessSpec process, String containerId, String words) {
    // runsc/boot/loader.go, executeAsync: the container ended before its end was noticed here.
    boolean ended = words.contains("has stopped") || words.contains("is not running");
    return new SandboxException(
        ended ? ErrorCode.WRONG_STATE : ErrorCode.INVALID_ARGUMENT,
        "cannot run " + process.args() + " in container " + containerId + ": " + words);
  }
}
