package dev.cofferdam.gvisor;

import dev.cofferdam.linux.Errno;
import dev.cofferdam.linux.LinuxException;
import dev.cofferdam.linux.Pidfd;
import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.SandboxException;
import dev.cofferdam.sandbox.SandboxSpec;
import java.io.IOException;
import java.time.Duration;

/** When a sandbox has ended, and why. Thread-safe. */
final class SandboxEnd {

  /** A wait without a limit is cut into these; each costs a wake-up. */
  private static final Duration SLICE = Duration.ofHours(1);

  private final SandboxSpec spec;
  private final SandboxFiles files;
  private final long pid;
  private volatile boolean stopping;

  SandboxEnd(SandboxSpec spec, SandboxFiles files, long pid) {
    this.spec = spec;
    this.files = files;
    this.pid = pid;
  }

  /** From now on its end is wanted. */
  void stopping() {
    stopping = true;
  }

  boolean isRunning() {
    return files.processes().owns(pid);
  }

  void requireRunning() {
    if (!isRunning()) {
      throw new SandboxException(
          ErrorCode.WRONG_STATE, "sandbox " + spec.id() + " no longer runs: " + reason());
    }
  }

  /** Whether the pod's memory limit was hit and the kernel killed for it. */
  boolean outOfMemory() {
    return spec.cgroup().map(path -> new PodCgroup(path).outOfMemoryKills() > 0).orElse(false);
  }

  /** Waits for the end; gives the reason, blank where it was wanted. */
  String await() throws InterruptedException {
    try (Pidfd process = Pidfd.open(pid)) {
      boolean ended = !isRunning(); // the ID may be another process's by now
      while (!ended) {
        ended = process.awaitExit(SLICE);
      }
    } catch (LinuxException e) {
      if (e.errno() != Errno.ESRCH) {
        throw Failures.io("waiting for the sentry, process " + pid, e);
      }
    } catch (IOException e) {
      throw Failures.io("waiting for the sentry, process " + pid, e);
    }
    return reason();
  }

  /** Blank where it was wanted. */
  String reason() {
    if (stopping) {
      return "";
    }
    if (outOfMemory()) {
      return "the pod used more memory than its limit, and the kernel killed its sentry";
    }
    String words = files.layout().log().words();
    return "the sentry, process "
        + pid
        + ", ended by itself or was killed"
        + (words.isBlank() ? "" : "; runsc said: " + words);
  }
}
