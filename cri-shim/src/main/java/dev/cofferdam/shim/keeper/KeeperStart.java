package dev.cofferdam.shim.keeper;

import dev.cofferdam.linux.UnixSockets;
import dev.cofferdam.sandbox.Deadline;
import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.SandboxException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/** Sees to it that a keeper listens. */
record KeeperStart(Path binary, Path socket) {
  /** What the keeper says when another one serves the socket already. */
  private static final int OTHER_RUNS = 3;

  private static final Duration STEP = Duration.ofMillis(5);

  /** Whether one had to be started, perhaps by somebody else at the same time. */
  boolean ensure(Duration timeout) {
    if (listens()) {
      return false;
    }
    if (!Files.isExecutable(binary)) {
      throw new SandboxException(
          ErrorCode.PROGRAM_MISSING,
          "cannot start the keeper: " + binary + " is missing or not executable");
    }
    Deadline deadline = Deadline.after(timeout);
    Process process = start();
    while (!listens()) {
      if (!process.isAlive() && process.exitValue() != OTHER_RUNS) {
        throw new SandboxException(
            ErrorCode.PROGRAM_FAILED,
            binary + " " + socket + " ended with code " + process.exitValue());
      }
      if (deadline.passed()) {
        throw new SandboxException(
            ErrorCode.DEADLINE_EXCEEDED,
            binary + " was started, but nothing listens on " + socket + " after " + timeout);
      }
      pause();
    }
    return true;
  }

  /**
   * The keeper makes itself a session leader; with no stream of ours open in it, nothing of it
   * hangs on this process.
   */
  private Process start() {
    ProcessBuilder builder = new ProcessBuilder(binary.toString(), socket.toString());
    builder.environment().clear();
    builder.redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()));
    builder.redirectOutput(ProcessBuilder.Redirect.DISCARD);
    builder.redirectError(ProcessBuilder.Redirect.DISCARD);
    try {
      return builder.start();
    } catch (IOException e) {
      throw new SandboxException(
          ErrorCode.PROGRAM_FAILED, "cannot start " + binary + ": " + e.getMessage(), e);
    }
  }

  private boolean listens() {
    try {
      UnixSockets.connect(socket).close();
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  private static void pause() {
    try {
      Thread.sleep(STEP);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new SandboxException(
          ErrorCode.UNAVAILABLE, "interrupted while the keeper was starting", e);
    }
  }
}
