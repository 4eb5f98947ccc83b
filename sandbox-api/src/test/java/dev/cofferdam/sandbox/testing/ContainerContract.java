package dev.cofferdam.sandbox.testing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cofferdam.sandbox.Capabilities.Feature;
import dev.cofferdam.sandbox.Container;
import dev.cofferdam.sandbox.ContainerSpec;
import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.Resources;
import dev.cofferdam.sandbox.Sandbox;
import dev.cofferdam.sandbox.SandboxException;
import dev.cofferdam.sandbox.Stdio;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.Test;

/** The contract on containers: their life, their exits, their output. */
abstract class ContainerContract extends SandboxContract {

  @Test
  void awaitExit_askedEarlyLateAndAgain_givesTheSame() throws Exception {
    Sandbox sandbox = sandbox();
    PipeStdio pipes = pipes();
    Container container =
        sandbox.createContainer(containerSpec(shell("read line; exit 42"), pipes.stdio()), soon());
    container.start(soon());
    FutureTask<Integer> early = new FutureTask<>(() -> exitOf(container).code());
    Thread.startVirtualThread(early);
    pipes.write("go\n");
    assertEquals(42, exitOf(container).code());
    assertEquals(42, exitOf(container).code());
    int code = Eventually.returns("the early waiter", early::get);
    assertEquals(42, code);
  }

  @Test
  void awaitExit_killedBySignal_is128PlusItsNumber() throws Exception {
    Container container = started(sandbox(), "sleep 1000");
    container.kill(soon());
    assertEquals(128 + SIGKILL, exitOf(container).code());
  }

  @Test
  void output_atExit_isComplete() throws Exception {
    PipeStdio pipes = pipes();
    Container container =
        sandbox()
            .createContainer(
                containerSpec(
                    shell(
                        "i=0; while [ $i -lt 2000 ]; do echo \"line $i\"; i=$((i+1)); done;"
                            + " echo oops >&2"),
                    pipes.stdio()),
                soon());
    container.start(soon());
    assertEquals(0, exitOf(container).code());
    List<String> lines = pipes.output().lines().toList();
    assertEquals(2000, lines.size());
    assertEquals("line 1999", lines.getLast());
    assertEquals("oops\n", pipes.errors());
  }

  @Test
  void stdin_written_isReadToItsEnd() throws Exception {
    PipeStdio pipes = pipes();
    Container container =
        sandbox().createContainer(containerSpec(shell("cat"), pipes.stdio()), soon());
    container.start(soon());
    pipes.write("through\n");
    awaitOutput(pipes, "through\n");
    pipes.endInput();
    assertEquals(0, exitOf(container).code());
  }

  @Test
  void start_repeated_startsOnce() throws Exception {
    PipeStdio pipes = pipes();
    Container container =
        sandbox().createContainer(containerSpec(shell("echo once"), pipes.stdio()), soon());
    container.start(soon());
    container.start(soon());
    exitOf(container);
    container.start(soon());
    assertEquals("once\n", pipes.output());
  }

  @Test
  void start_programMissing_failsAndHarmsNobody() throws Exception {
    Sandbox sandbox = sandbox();
    Container neighbour = started(sandbox, "sleep 1000");
    ContainerSpec spec = containerSpec(process(false, "/no/such/program"), Stdio.NONE);
    Container container = sandbox.createContainer(spec, soon());
    SandboxException e = assertThrows(SandboxException.class, () -> container.start(soon()));
    assertTrue(String.valueOf(e.getMessage()).contains("/no/such/program"), e::getMessage);
    container.delete(soon());
    assertEquals(Optional.empty(), sandbox.findContainer(spec, soon()));
    assertFalse(neighbour.processes(soon()).isEmpty());
  }

  @Test
  void signal_process_isHandledByIt() throws Exception {
    PipeStdio pipes = pipes();
    Container container =
        sandbox()
            .createContainer(
                containerSpec(
                    shell("trap 'exit 7' TERM; echo ready; while true; do sleep 0.05; done"),
                    pipes.stdio()),
                soon());
    container.start(soon());
    awaitOutput(pipes, "ready");
    container.signal(SIGTERM, soon());
    assertEquals(7, exitOf(container).code());
  }

  @Test
  void signalAndKill_endedContainer_doNothing() throws Exception {
    Container container = started(sandbox(), "exit 3");
    exitOf(container);
    container.signal(SIGTERM, soon());
    container.kill(soon());
    assertEquals(3, exitOf(container).code());
  }

  @Test
  void kill_manyProcesses_endsAll() throws Exception {
    Container container = started(sandbox(), "sleep 1000 & sleep 1000 & sleep 1000");
    Eventually.get(
        "three processes and their shell",
        () -> Optional.of(container.processes(soon())).filter(p -> p.size() >= 3));
    container.kill(soon());
    exitOf(container);
    Eventually.get(
        "no process", () -> Optional.of(container.processes(soon())).filter(List::isEmpty));
  }

  @Test
  void containers_ofOneSandbox_areIndependent() throws Exception {
    Sandbox sandbox = sandbox();
    Container first = started(sandbox, "sleep 1000");
    Container second = started(sandbox, "sleep 1000");
    first.kill(soon());
    exitOf(first);
    first.delete(soon());
    assertFalse(second.processes(soon()).isEmpty());
    assertEquals(0, exitOf(started(sandbox, "true")).code());
  }

  @Test
  void delete_neverStarted_removesIt() throws Exception {
    Sandbox sandbox = sandbox();
    ContainerSpec spec = containerSpec(shell("true"), Stdio.NONE);
    Container container = sandbox.createContainer(spec, soon());
    container.delete(soon());
    container.delete(soon());
    assertEquals(Optional.empty(), sandbox.findContainer(spec, soon()));
    assertRefused(ErrorCode.WRONG_STATE, () -> exitOf(container));
  }

  @Test
  void delete_ended_removesItAndKeepsItsStatus() throws Exception {
    Sandbox sandbox = sandbox();
    ContainerSpec spec = containerSpec(shell("exit 5"), Stdio.NONE);
    Container container = sandbox.createContainer(spec, soon());
    container.start(soon());
    exitOf(container);
    container.delete(soon());
    container.delete(soon());
    assertEquals(Optional.empty(), sandbox.findContainer(spec, soon()));
    assertEquals(5, exitOf(container).code());
  }

  @Test
  void delete_sandboxStoppedOrKilledBefore_works() throws Exception {
    Sandbox stopped = newSandbox();
    Container first = started(stopped, "sleep 1000");
    stopped.stop(soon());
    first.kill(soon());
    first.delete(soon());
    stopped.delete(soon());

    Sandbox killed = newSandbox();
    Container second = started(killed, "sleep 1000");
    ProcessHandle.of(killed.pid()).orElseThrow().destroyForcibly();
    exitOf(second);
    second.signal(SIGTERM, soon());
    second.delete(soon());
    killed.stop(soon());
    killed.delete(soon());
  }

  @Test
  void findContainer_afterRestart_givesExitsOfBefore() throws Exception {
    Sandbox sandbox = newSandbox();
    PipeStdio pipes = pipes();
    ContainerSpec ended = containerSpec(shell("exit 11"), Stdio.NONE);
    ContainerSpec running = containerSpec(shell("read line; exit 12"), pipes.stdio());
    ContainerSpec created = containerSpec(shell("exit 13"), Stdio.NONE);
    for (ContainerSpec spec : List.of(ended, running)) {
      sandbox.createContainer(spec, soon()).start(soon());
    }
    sandbox.createContainer(created, soon());

    Sandbox found = restart().find(specOf(sandbox), soon()).orElseThrow();
    assertEquals(11, exitOf(found.findContainer(ended, soon()).orElseThrow()).code());
    Container waiting = found.findContainer(running, soon()).orElseThrow();
    pipes.write("go\n");
    assertEquals(12, exitOf(waiting).code());
    Container late = found.findContainer(created, soon()).orElseThrow();
    late.start(soon());
    assertEquals(13, exitOf(late).code());
  }

  @Test
  void update_withoutTheFeature_isRefused() throws Exception {
    Container container = started(sandbox(), "sleep 1000");
    if (backend().capabilities(variant()).has(Feature.LIVE_UPDATE)) {
      container.update(Resources.UNLIMITED, soon());
    } else {
      assertRefused(ErrorCode.UNSUPPORTED, () -> container.update(Resources.UNLIMITED, soon()));
    }
  }

  /** Waits until this has been written. */
  protected static void awaitOutput(PipeStdio pipes, String text) {
    StringBuilder all = new StringBuilder();
    Eventually.get(
        "output `" + text + "`",
        () -> {
          try {
            all.append(pipes.output());
          } catch (java.io.IOException e) {
            throw new java.io.UncheckedIOException(e);
          }
          return all.indexOf(text) >= 0 ? Optional.of(true) : Optional.empty();
        });
  }
}
