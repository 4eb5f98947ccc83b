package dev.cofferdam.gvisor;

import dev.cofferdam.gvisor.ControlSocket.Refused;
import dev.cofferdam.sandbox.Deadline;
import dev.cofferdam.sandbox.ExecProcess;
import dev.cofferdam.sandbox.ProcessSpec;
import dev.cofferdam.sandbox.Stdio;
import dev.cofferdam.sandbox.Usage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * What can be asked of a sentry that runs: on its control socket ({@link Sentry}) where the version
 * of runsc is one that was tested, by runsc's command line ({@link CommandControl}) where it isn't.
 */
interface Control {

  /** To whom a signal goes; the values of controller.go's SignalDeliveryMode. */
  enum Delivery {
    PROCESS(0),
    ALL_PROCESSES(1),
    FOREGROUND_PROCESS_GROUP(2);

    final int mode;

    Delivery(int mode) {
      this.mode = mode;
    }
  }

  /**
   * Waits for a started container's end; gives what {@code wait4(2)} would.
   *
   * @throws IOException when the sentry ends before that
   */
  int awaitExit(String containerId) throws IOException, InterruptedException, Refused;

  /** Gives a container that was created and has not started a terminal of ours. */
  void giveTerminal(String containerId, Stdio stdio, Deadline deadline);

  /** Starts a process beside a container's first one. */
  ExecProcess exec(String containerId, ProcessSpec process, Layout layout, Deadline deadline);

  /** Connects whoever listens on a Unix socket with a port on the pod's loopback interface. */
  void forward(int port, Path socket, Deadline deadline) throws IOException, Refused;

  /** Sends a signal to a container's first process, or to all of its processes. */
  void signal(String containerId, int signal, Delivery delivery, Deadline deadline) throws Refused;

  /** What the sentry calls its kernel, as it answers now; blank where this way cannot ask it. */
  String kernel(Deadline deadline);

  List<Long> processes(String containerId, Deadline deadline);

  Usage usage(String containerId, Deadline deadline);

  /** All containers together, and what the sentry keeps in memory for them. */
  Usage sandboxUsage(Deadline deadline);

  /** Memory of files of the host that processes have mapped; all containers together. */
  long mappedFileBytes(Deadline deadline);
}
