package dev.cofferdam.microvm.sandbox;

import dev.cofferdam.linux.Errno;
import dev.cofferdam.linux.LinuxException;
import dev.cofferdam.linux.Pidfd;
import dev.cofferdam.microvm.Failures;
import dev.cofferdam.microvm.monitor.Console;
import dev.cofferdam.microvm.monitor.MachineFolder;
import dev.cofferdam.microvm.monitor.MonitorFiles;
import dev.cofferdam.microvm.monitor.RunningMachine;
import dev.cofferdam.sandbox.Deadline;
import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.SandboxException;
import java.io.IOException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** When a sandbox has ended, and why. Thread-safe. */
final class SandboxEnd {

  /** A wait without a limit is cut into these; each costs a wake-up. */
  private static final Duration SLICE = Duration.ofHours(1);

  private static final Duration STOP_TIMEOUT = Duration.ofSeconds(10);
  private static final Logger LOG = LoggerFactory.getLogger(SandboxEnd.class);

  private final String sandboxId;
  private final RunningMachine machine;
  private final MachineFolder folder;
  private volatile boolean stopping;
  private volatile @Nullable String cause;

  SandboxEnd(String sandboxId, RunningMachine machine, MachineFolder folder) {
    this.sandboxId = sandboxId;
    this.machine = machine;
    this.folder = folder;
  }

  /** From now on its end is wanted. */
  void stopping() {
    stopping = true;
  }

  /** We end it ourselves, for this reason; the first one stays. */
  synchronized void because(String reason) {
    if (cause == null) {
      cause = reason;
    }
  }

  /**
   * The guest did what an agent never does. Nothing more of it is believed: the sandbox ends.
   *
   * @return to be thrown
   */
  SandboxException broken(String how) {
    String reason = "the guest broke the protocol: " + how;
    because(reason);
    try {
      machine.stop(Deadline.after(STOP_TIMEOUT));
    } catch (RuntimeException e) {
      LOG.warn("ending the machine of sandbox {}: {}", sandboxId, e.getMessage());
    }
    return new SandboxException(ErrorCode.INTERNAL, reason);
  }

  boolean isRunning() {
    return machine.isRunning();
  }

  void requireRunning() {
    if (!isRunning()) {
      throw new SandboxException(
          ErrorCode.WRONG_STATE, "sandbox " + sandboxId + " no longer runs: " + reason());
    }
  }

  /** Waits for the end; gives the reason, blank where it was wanted. */
  String await() throws InterruptedException {
    long pid = machine.pid();
    try (Pidfd process = Pidfd.open(pid)) {
      boolean ended = !isRunning(); // the ID may be another process's by now
      while (!ended) {
        ended = process.awaitExit(SLICE);
      }
    } catch (LinuxException e) {
      if (e.errno() != Errno.ESRCH) {
        throw Failures.io("waiting for the monitor, process " + pid, e);
      }
    } catch (IOException e) {
      throw Failures.io("waiting for the monitor, process " + pid, e);
    }
    return reason();
  }

  /** Blank where it was wanted. */
  String reason() {
    if (stopping) {
      return "";
    }
    String known = cause;
    if (known != null) {
      return known;
    }
    String words = MonitorFiles.words(folder.log());
    return "the monitor, process "
        + machine.pid()
        + ", ended or was killed (a guest whose kernel gives up ends it too)"
        + (words.isBlank() ? "" : "; it said: " + words)
        + Console.lastWords(folder);
  }
}
