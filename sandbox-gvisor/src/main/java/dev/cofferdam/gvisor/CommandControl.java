package dev.cofferdam.gvisor;

import com.fasterxml.jackson.databind.JsonNode;
import dev.cofferdam.gvisor.ControlSocket.Refused;
import dev.cofferdam.sandbox.Deadline;
import dev.cofferdam.sandbox.ExecProcess;
import dev.cofferdam.sandbox.ProcessSpec;
import dev.cofferdam.sandbox.SandboxException;
import dev.cofferdam.sandbox.Stdio;
import dev.cofferdam.sandbox.Usage;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/**
 * A sentry asked by runsc's command line, the interface that gVisor keeps stable. Each question
 * costs a start of runsc, and each container a process that waits for it.
 */
final class CommandControl implements Control {
  private final Runsc runsc;
  private final Sentry sentry;

  /**
   * @param sentry for the one thing that no command does: a terminal of ours for a container's
   *     first process
   */
  CommandControl(Runsc runsc, Sentry sentry) {
    this.runsc = runsc;
    this.sentry = sentry;
  }

  @Override
  public int awaitExit(String containerId) throws IOException, InterruptedException, Refused {
    return new CommandWait(runsc, containerId).waitStatus();
  }

  @Override
  public void giveTerminal(String containerId, Stdio stdio, Deadline deadline) {
    sentry.giveTerminal(containerId, stdio, deadline);
  }

  @Override
  public ExecProcess exec(
      String containerId, ProcessSpec process, Layout layout, Deadline deadline) {
    return new CommandExecStart(containerId, process, runsc, this).run(deadline);
  }

  @Override
  public void forward(int port, Path socket, Deadline deadline) throws Refused {
    run(
        deadline,
        "port-forward",
        "--stream=" + socket,
        Layout.ROOT_CONTAINER,
        Integer.toString(port));
  }

  @Override
  public void signal(String containerId, int signal, Delivery delivery, Deadline deadline)
      throws Refused {
    String number = Integer.toString(signal);
    switch (delivery) {
      case PROCESS, FOREGROUND_PROCESS_GROUP -> run(deadline, "kill", containerId, number);
      case ALL_PROCESSES -> run(deadline, "kill", "--all", containerId, number);
    }
  }

  /** To one process, by its ID in the sandbox's root PID namespace. */
  void signal(String containerId, long pid, int signal, Deadline deadline) throws Refused {
    run(deadline, "kill", "--pid=" + pid, containerId, Integer.toString(signal));
  }

  private void run(Deadline deadline, String... arguments) throws Refused {
    try (RunscCall call = RunscCall.open(runsc)) {
      int code = call.run(deadline, arguments);
      if (code != 0) {
        throw new Refused(call.failure(arguments[0], "exited with " + code));
      }
    }
  }

  /** No command asks for it. Another question tells whether the sentry answers at all. */
  @Override
  public String kernel(Deadline deadline) {
    List<Long> _ = processes(Layout.ROOT_CONTAINER, deadline);
    return "";
  }

  @Override
  public List<Long> processes(String containerId, Deadline deadline) {
    List<Long> pids = new ArrayList<>();
    for (JsonNode pid : ask(deadline, "ps", "--format=json", containerId)) {
      pids.add(pid.longValue());
    }
    return pids;
  }

  @Override
  public Usage usage(String containerId, Deadline deadline) {
    JsonNode data = ask(deadline, "events", "--stats", containerId).path("data");
    return new Usage(
        Instant.now(),
        data.path("cpu").path("usage").path("total").longValue(),
        data.path("memory").path("usage").path("usage").longValue(),
        data.path("pids").path("current").longValue());
  }

  @Override
  public Usage sandboxUsage(Deadline deadline) {
    long cpuNanos = 0;
    long pids = 0;
    for (String container : runsc.layout().containers()) {
      try {
        Usage usage = usage(container, deadline);
        cpuNanos += usage.cpuNanos();
        pids += usage.pids();
      } catch (SandboxException e) {
        if (runsc.layout().containers().contains(container)) {
          throw e; // else: deleted meanwhile
        }
      }
    }
    JsonNode memory = ask(deadline, "usage", "--full", Layout.ROOT_CONTAINER);
    return new Usage(Instant.now(), cpuNanos, memory.path("Total").longValue(), pids);
  }

  @Override
  public long mappedFileBytes(Deadline deadline) {
    return ask(deadline, "usage", Layout.ROOT_CONTAINER).path("Mapped").longValue();
  }

  private JsonNode ask(Deadline deadline, String... arguments) {
    try (RunscCall call = RunscCall.open(runsc)) {
      return call.ask(deadline, arguments);
    }
  }
}
