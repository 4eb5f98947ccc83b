package dev.cofferdam.gvisor;

import dev.cofferdam.gvisor.ControlSocket.Refused;
import dev.cofferdam.sandbox.Deadline;
import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.ExitStatus;
import dev.cofferdam.sandbox.PendingExit;
import dev.cofferdam.sandbox.ProcessSpec;
import dev.cofferdam.sandbox.SandboxException;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A process that the sentry was asked for on its control socket. No thread stands by for its end:
 * of those who want to know it, one reads the sentry's answer.
 */
final class SentryExec implements ExecWay {
  private static final Duration HOWEVER_LONG = Duration.ofDays(3650);

  private final String containerId;
  private final long pid;
  private final Sentry sentry;
  private final ControlConnection connection;
  private final PendingExit exit;
  private final ReentrantLock reading = new ReentrantLock();
  private volatile boolean closed;

  private SentryExec(String containerId, long pid, Sentry sentry, ControlConnection connection) {
    this.containerId = containerId;
    this.pid = pid;
    this.sentry = sentry;
    this.connection = connection;
    this.exit = new PendingExit("process " + pid + " in " + containerId);
  }

  static Exec start(String containerId, ProcessSpec process, Sentry sentry, Deadline deadline) {
    ExecStreams streams = null;
    ControlConnection connection = null;
    try {
      streams = ExecStreams.open(process.terminal());
      connection = sentry.connect();
      long pid = sentry.execute(connection, containerId, process, streams.inside(), deadline);
      streams.closeInside();
      sentry.wantExit(connection, containerId, pid, deadline);
      SentryExec way = new SentryExec(containerId, pid, sentry, connection);
      return new Exec("process " + pid + " in " + containerId, streams, way);
    } catch (IOException | Refused | InterruptedException | RuntimeException e) {
      if (connection != null) {
        connection.close();
      }
      if (streams != null) {
        streams.closeInside();
        streams.close();
      }
      throw switch (e) {
        case SandboxException known -> known;
        case Refused refused ->
            Failures.notStarted(process, containerId, String.valueOf(refused.getMessage()));
        case IOException io -> Failures.io("making the streams of " + process.args(), io);
        case InterruptedException interrupted -> {
          Thread.currentThread().interrupt();
          yield new SandboxException(
              ErrorCode.UNAVAILABLE, "interrupted while " + process.args() + " began", interrupted);
        }
        default -> new SandboxException(ErrorCode.INTERNAL, "running " + process.args(), e);
      };
    }
  }

  @Override
  public boolean isTold() {
    return exit.isTold();
  }

  @Override
  public ExitStatus await() throws InterruptedException {
    var _ = await(Deadline.after(HOWEVER_LONG));
    return exit.await();
  }

  @Override
  public Optional<ExitStatus> await(Deadline deadline) throws InterruptedException {
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
      exit.ended(new ExitStatus(128 + Exec.SIGKILL, false, Instant.now())); // the sandbox ended
    } catch (Refused | RuntimeException e) {
      exit.unknown(e);
    }
  }

  @Override
  public void signal(int signal, Deadline deadline) throws Refused {
    sentry.signal(containerId, pid, signal, Control.Delivery.PROCESS, deadline);
  }

  @Override
  public void tellOfSize(Deadline deadline) throws Refused {
    sentry.signal(
        containerId, pid, Exec.SIGWINCH, Control.Delivery.FOREGROUND_PROCESS_GROUP, deadline);
  }

  /** Whoever waits still gets the answer; nobody can ask for it afterwards. */
  @Override
  public void close() {
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
