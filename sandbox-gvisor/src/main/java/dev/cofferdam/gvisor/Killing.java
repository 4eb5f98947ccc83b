package dev.cofferdam.gvisor;

import dev.cofferdam.linux.Pidfd;
import dev.cofferdam.sandbox.Deadline;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * Processes that are being killed. One that was sent the signal may still be in the kernel with one
 * of its threads, making the folder that its killer is about to remove; the host shows no command
 * line of it any more.
 */
final class Killing implements AutoCloseable {
  private final List<Pidfd> killed = new ArrayList<>();

  /** Sends the signal. One that has ended is left out. */
  void kill(ProcessHandle process) {
    Pidfd held;
    try {
      held = Pidfd.open(process.pid());
    } catch (IOException e) {
      return; // it has ended
    }
    killed.add(held);
    // Asked after taking hold: the handle knows its process by the time at which it started.
    if (process.isAlive()) {
      process.destroyForcibly();
    } else {
      killed.removeLast().close();
    }
  }

  /** Waits until the last thread of each has ended, at most until the deadline. */
  void await(Deadline deadline) {
    try {
      for (Pidfd process : killed) {
        boolean _ = process.awaitExit(deadline.remaining());
      }
    } catch (IOException e) {
      throw Failures.io("waiting for killed processes", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() {
    killed.forEach(Pidfd::close);
  }
}
