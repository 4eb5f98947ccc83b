package dev.cofferdam.gvisor;

import dev.cofferdam.gvisor.ControlSocket.Refused;
import dev.cofferdam.linux.Fd;
import dev.cofferdam.linux.Pty;
import dev.cofferdam.sandbox.Deadline;
import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.ExecProcess;
import dev.cofferdam.sandbox.ExitStatus;
import dev.cofferdam.sandbox.ProcessSpec;
import dev.cofferdam.sandbox.SandboxException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.time.Duration;
import java.util.Optional;

/**
 * A process that the sentry started beside a container's first one. Its streams go straight into
 * the sentry; no process of ours stands between.
 */
final class Exec implements ExecProcess {
  private static final int SIGKILL = 9;
  private static final int SIGWINCH = 28;
  private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(5);

  private final String containerId;
  private final long pid;
  private final Sentry sentry;
  private final ExecStreams streams;
  private final ExecExit exit;

  private Exec(String containerId, long pid, Sentry sentry, ExecStreams streams, ExecExit exit) {
    this.containerId = containerId;
    this.pid = pid;
    this.sentry = sentry;
    this.streams = streams;
    this.exit = exit;
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
      ExecExit exit = new ExecExit(sentry, connection, "process " + pid + " in " + containerId);
      return new Exec(containerId, pid, sentry, streams, exit);
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
  public OutputStream stdin() {
    return streams.stdin();
  }

  @Override
  public InputStream stdout() {
    return streams.stdout();
  }

  @Override
  public InputStream stderr() {
    return streams.stderr();
  }

  @Override
  public void resize(int columns, int rows) {
    Fd master = streams.terminal();
    if (master == null) {
      return;
    }
    try {
      Pty.resize(master, columns, rows);
      // The kernel tells only host processes of it; the sentry's are to be told by hand.
      Deadline deadline = Deadline.after(CLOSE_TIMEOUT);
      sentry.signal(
          containerId, pid, SIGWINCH, Control.Delivery.FOREGROUND_PROCESS_GROUP, deadline);
    } catch (IOException e) {
      throw Failures.io("resizing the terminal of process " + pid, e);
    } catch (Refused e) {
      return; // it has ended
    }
  }

  @Override
  public ExitStatus awaitExit() throws InterruptedException {
    return exit.await();
  }

  @Override
  public Optional<ExitStatus> awaitExit(Deadline deadline) throws InterruptedException {
    return exit.await(deadline);
  }

  @Override
  public void signal(int signal, Deadline deadline) {
    if (exit.isTold()) {
      return;
    }
    try {
      sentry.signal(containerId, pid, signal, Control.Delivery.PROCESS, deadline);
    } catch (Refused e) {
      return; // it has ended meanwhile
    }
  }

  @Override
  public void close() {
    try {
      signal(SIGKILL, Deadline.after(CLOSE_TIMEOUT));
    } catch (SandboxException e) {
      if (e.code() != ErrorCode.UNAVAILABLE) { // else: ended with its sandbox
        throw e;
      }
    } finally {
      streams.close();
      exit.close();
    }
  }
}
