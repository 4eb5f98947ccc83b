package dev.cofferdam.gvisor;

import dev.cofferdam.gvisor.ControlSocket.Refused;
import dev.cofferdam.linux.Signals;
import dev.cofferdam.sandbox.Deadline;
import dev.cofferdam.sandbox.ExitStatus;
import dev.cofferdam.sandbox.PendingExit;
import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/** A process that was started by {@code runsc exec}, which waits for it. */
final class CommandExec implements ExecWay {
  private final String containerId;
  private final long pid;
  private final CommandControl control;
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
      Process runsc,
      CompletableFuture<ExitStatus> exit) {
    this.containerId = containerId;
    this.pid = pid;
    this.control = control;
    this.runsc = runsc;
    this.exit = new PendingExit("process " + pid + " in " + containerId, exit);
  }

  @Override
  public boolean isTold() {
    return exit.isTold();
  }

  @Override
  public ExitStatus await() throws InterruptedException {
    return exit.await();
  }

  @Override
  public Optional<ExitStatus> await(Deadline deadline) throws InterruptedException {
    return exit.await(deadline);
  }

  @Override
  public void signal(int signal, Deadline deadline) throws Refused {
    control.signal(containerId, pid, signal, deadline);
  }

  @Override
  public void tellOfSize(Deadline deadline) throws IOException {
    if (runsc.isAlive()) {
      Signals.send(runsc.pid(), Exec.SIGWINCH); // runsc passes it on to the foreground process
    }
  }

  @Override
  public void close() {
    Command.endTree(runsc);
  }
}
