package dev.cofferdam.gvisor;

import dev.cofferdam.gvisor.ControlSocket.Refused;
import dev.cofferdam.linux.Fd;
import dev.cofferdam.linux.Pty;
import dev.cofferdam.sandbox.Deadline;
import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.ExecProcess;
import dev.cofferdam.sandbox.ExitStatus;
import dev.cofferdam.sandbox.SandboxException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.time.Duration;
import java.util.Optional;

/**
 * A process beside a container's first one. Its streams go straight into the sentry; no process of
 * ours stands between.
 *
 * @param process for messages
 */
record Exec(String process, ExecStreams streams, ExecWay way) implements ExecProcess {
  static final int SIGKILL = 9;
  static final int SIGWINCH = 28;
  private static final Duration TIMEOUT = Duration.ofSeconds(5);

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
      way.tellOfSize(Deadline.after(TIMEOUT));
    } catch (IOException e) {
      throw Failures.io("resizing the terminal of " + process, e);
    } catch (Refused e) {
      return; // it has ended
    }
  }

  @Override
  public ExitStatus awaitExit() throws InterruptedException {
    return way.await();
  }

  @Override
  public Optional<ExitStatus> awaitExit(Deadline deadline) throws InterruptedException {
    return way.await(deadline);
  }

  @Override
  public void signal(int signal, Deadline deadline) {
    if (way.isTold()) {
      return;
    }
    try {
      way.signal(signal, deadline);
    } catch (Refused e) {
      return; // it has ended meanwhile
    }
  }

  @Override
  public void close() {
    try {
      signal(SIGKILL, Deadline.after(TIMEOUT));
    } catch (SandboxException e) {
      if (e.code() != ErrorCode.UNAVAILABLE) { // else: ended with its sandbox
        throw e;
      }
    } finally {
      streams.close();
      way.close();
    }
  }
}
