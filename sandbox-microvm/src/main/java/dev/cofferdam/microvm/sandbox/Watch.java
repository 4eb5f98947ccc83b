package dev.cofferdam.microvm.sandbox;

import dev.cofferdam.linux.Errno;
import dev.cofferdam.linux.LinuxException;
import dev.cofferdam.linux.Pidfd;
import dev.cofferdam.microvm.guest.GuestClient;
import dev.cofferdam.microvm.monitor.RunningMachine;
import dev.cofferdam.sandbox.Deadline;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks after the processes of a sandbox: where the monitor ends nobody waits for its guest any
 * more, and where one of those beside it ends the whole sandbox does, for its guest can no longer
 * be reached.
 */
final class Watch {
  private static final Logger LOG = LoggerFactory.getLogger(Watch.class);
  private static final Duration SLICE = Duration.ofHours(1);
  private static final Duration STOP_TIMEOUT = Duration.ofSeconds(10);

  private final RunningMachine machine;
  private final SandboxEnd end;
  private final GuestClient guest;

  Watch(RunningMachine machine, SandboxEnd end, GuestClient guest) {
    this.machine = machine;
    this.end = end;
    this.guest = guest;
  }

  void begin() {
    long monitor = machine.pid();
    Thread.ofVirtual().name("microvm-watch-" + monitor).start(this::monitor);
    List<Long> companions = machine.companions();
    companions.forEach(this::also);
    if (companions.isEmpty() && machine.needsCompanion()) {
      lost("the vsock device"); // while no shim looked
    }
  }

  private void monitor() {
    try {
      var _ = end.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException e) {
      LOG.warn("watching the monitor, process {}: {}", machine.pid(), e.getMessage());
    }
    guest.close();
  }

  /** One that was started later. */
  void also(long pid) {
    Thread.ofVirtual().name("microvm-watch-" + pid).start(() -> companion(pid));
  }

  private void companion(long pid) {
    try (Pidfd process = Pidfd.open(pid)) {
      while (!process.awaitExit(SLICE)) {
        if (!machine.isRunning()) {
          return;
        }
      }
    } catch (LinuxException e) {
      if (e.errno() != Errno.ESRCH) {
        LOG.warn("watching process {}: {}", pid, e.getMessage());
        return;
      }
    } catch (IOException e) {
      LOG.warn("watching process {}: {}", pid, e.getMessage());
      return;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return;
    }
    lost("process " + pid);
  }

  /**
   * Nothing leads to the guest any more: the sandbox ends.
   *
   * @param who did, until it ended
   */
  void lost(String who) {
    if (machine.isRunning()) {
      end.because(who + ", through which the guest is reached, ended or was killed");
      try {
        machine.stop(Deadline.after(STOP_TIMEOUT));
      } catch (RuntimeException e) {
        LOG.warn("ending the machine of process {}: {}", machine.pid(), e.getMessage());
      }
    }
  }
}
