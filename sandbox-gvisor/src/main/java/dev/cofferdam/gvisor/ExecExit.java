package dev.cofferdam.gvisor;

import dev.cofferdam.gvisor.ControlSocket.Refused;
import dev.cofferdam.sandbox.Deadline;
import dev.cofferdam.sandbox.ExitStatus;
import dev.cofferdam.sandbox.PendingExit;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;

/**
 * How a process that the sentry was asked for has ended. No thread stands by for it: of those who
 * want to know it, one reads the sentry's answer. Thread-safe.
 */
final class ExecExit {
  private static final int SIGKILL = 9;
  private static final Duration HOWEVER_LONG = Duration.ofDays(3650);

  private final Sentry sentry;
  private final ControlConnection connection;
  private final PendingExit exit;
  private final ReentrantLock reading = new ReentrantLock();
  private volatile boolean closed;

  /**
   * @param connection on which the sentry was asked; owned from here on
   * @param process for messages
   */
  ExecExit(Sentry sentry, ControlConnection connection, String process) {
    this.sentry = sentry;
    this.connection = connection;
    this.exit = new PendingExit(process);
  }

  boolean isTold() {
    return exit.isTold();
  }

  ExitStatus await() throws InterruptedException {
    var _ = await(Deadline.after(HOWEVER_LONG));
    return exit.await();
  }

  /** Empty when it still runs at the deadline. */
  Optional<ExitStatus> await(Deadline deadline) throws InterruptedException {
    if (!exit.isTold() && reading.tryLock(deadline.remaining().toNanos(), TimeUnit.NANOSECONDS)) {
      try {
        if (!exit.isTold()) {
          read(deadline);
        }
      } finally {
        reading.unlock();
        closeWhenDone();
      }
    }
    return exit.isTold() ? Optional.of(exit.await()) : Optional.empty();
  }

  private void read(Deadline deadline) throws InterruptedException {
    try {
      sentry
          .exit(connection, deadline.remaining())
          .ifPresent(status -> exit.ended(ExitStatus.ofWaitStatus(status, false, Instant.now())));
    } catch (IOException e) {
      exit.ended(new ExitStatus(128 + SIGKILL, false, Instant.now())); // the sandbox ended
    } catch (Refused | RuntimeException e) {
      exit.unknown(e);
    }
  }

  /** Whoever waits still gets the answer; nobody can ask for it afterwards. */
  void close() {
    closed = true;
    closeWhenDone();
  }

  private void closeWhenDone() {
    if (closed && reading.tryLock()) {
      try {
        connection.close();
      } finally {
        reading.unlock();
      }
    }
  }
}
