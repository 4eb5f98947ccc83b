package dev.cofferdam.gvisor;

import dev.cofferdam.gvisor.ControlSocket.Refused;
import dev.cofferdam.linux.Fd;
import dev.cofferdam.linux.Pty;
import dev.cofferdam.linux.Signals;
import dev.cofferdam.sandbox.Deadline;
import dev.cofferdam.sandbox.ExecProcess;
import dev.cofferdam.sandbox.ExitStatus;
import dev.cofferdam.sandbox.PendingExit;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/** A process beside a container's first one, started by {@code runsc exec}, which waits for it. */
final class CommandExec implements ExecProcess {
  private static final int SIGKILL = 9;
  private static final int SIGWINCH = 28;
  private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(5);

  private final String containerId;
  private final long pid;
  private final CommandControl control;
  private final ExecStreams streams;
  private final Process runsc;
  private final PendingExit exit;

  /**
   * @param pid in the sandbox's root PID namespace
   * @param runsc the {@code runsc exec} that waits for it
   */
  CommandExec(
      String containerId,
      long pid,
      CommandControl control,
      ExecStreams streams,
      Process runsc,
      CompletableFuture<ExitStatus> exit) {
    this.containerId = containerId;
    this.pid = pid;
    this.control = control;
    this.streams = streams;
    this.runsc = runsc;
    this.exit = new PendingExit("process " + pid + " in " + containerId, exit);
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
      if (runsc.isAlive()) {
        Signals.send(runsc.pid(), SIGWINCH); // runsc passes it on to the foreground process
      }
    } catch (IOException e) {
      throw Failures.io("resizing the terminal of process " + pid, e);
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
      control.signal(containerId, pid, signal, deadline);
    } catch (Refused e) {
      return; // it has ended meanwhile
    }
  }

  @Override
  public void close() {
    try {
      signal(SIGKILL, Deadline.after(CLOSE_TIMEOUT));
    } finally {
      Command.endTree(runsc);
      streams.close();
    }
  }
}
