package dev.cofferdam.sandbox.testing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.cofferdam.sandbox.Container;
import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.ExecProcess;
import dev.cofferdam.sandbox.Sandbox;
import dev.cofferdam.sandbox.SandboxException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/**
 * The SPI's real definition: what every backend does, whatever its wall. A backend's module
 * subclasses it once for each variant. It grew in three steps, one file each: sandboxes,
 * containers, and here the processes run beside a container's first one.
 */
public abstract class BackendContract extends ContainerContract {

  /** Whether the backend can give processes a terminal; only a fake may not. */
  protected boolean hasTerminals() {
    return true;
  }

  @Test
  void exec_program_givesOutputErrorsAndCode() throws Exception {
    Container container = started(sandbox(), "sleep 1000");
    try (ExecProcess exec = container.exec(shell("echo out; echo $GREETING >&2; exit 9"), soon())) {
      assertEquals("out\n", textOf(exec.stdout()));
      assertEquals("hello\n", textOf(exec.stderr()));
      assertEquals(9, Eventually.returns("exit", exec::awaitExit).code());
      assertEquals(9, Eventually.returns("exit", exec::awaitExit).code());
    }
    assertFalse(container.processes(soon()).isEmpty());
  }

  @Test
  void exec_input_isReadToItsEnd() throws Exception {
    Container container = started(sandbox(), "sleep 1000");
    String text = "a line that is repeated\n".repeat(10_000); // more than a pipe holds
    try (ExecProcess exec = container.exec(process(false, "/bin/cat"), soon())) {
      Thread writer =
          Thread.startVirtualThread(
              () -> {
                try (var in = exec.stdin()) {
                  in.write(text.getBytes(StandardCharsets.UTF_8));
                } catch (java.io.IOException e) {
                  throw new java.io.UncheckedIOException(e);
                }
              });
      assertEquals(text, textOf(exec.stdout()));
      assertEquals(0, Eventually.returns("exit", exec::awaitExit).code());
      writer.join();
    }
  }

  @Test
  void exec_programMissing_isRefused() throws Exception {
    Container container = started(sandbox(), "sleep 1000");
    assertThrows(
        SandboxException.class,
        () -> container.exec(process(false, "/no/such/program"), soon()).close());
  }

  @Test
  void exec_beforeStart_isRefused() throws Exception {
    Sandbox sandbox = sandbox();
    Container container =
        sandbox.createContainer(
            containerSpec(shell("true"), dev.cofferdam.sandbox.Stdio.NONE), soon());
    assertRefused(ErrorCode.WRONG_STATE, () -> container.exec(shell("true"), soon()).close());
  }

  @Test
  void exec_signalled_endsByIt() throws Exception {
    Container container = started(sandbox(), "sleep 1000");
    try (ExecProcess exec = container.exec(process(false, "/bin/sleep", "1000"), soon())) {
      exec.signal(SIGTERM, soon());
      assertEquals(128 + SIGTERM, Eventually.returns("exit", exec::awaitExit).code());
      exec.signal(SIGTERM, soon());
    }
  }

  @Test
  void exec_closed_endsProcessAndBlockedReads() throws Exception {
    Container container = started(sandbox(), "exec sleep 1000");
    int before = container.processes(soon()).size();
    ExecProcess exec = container.exec(process(false, "/bin/sleep", "1000"), soon());
    exec.close();
    exec.close();
    assertEquals(128 + SIGKILL, Eventually.returns("exit", exec::awaitExit).code());
    Eventually.get(
        "the process to be gone",
        () -> Optional.of(container.processes(soon()).size()).filter(n -> n == before));
  }

  @Test
  void exec_containerEnds_processEndsToo() throws Exception {
    Container container = started(sandbox(), "sleep 1000");
    try (ExecProcess exec = container.exec(process(false, "/bin/sleep", "1000"), soon())) {
      container.kill(soon());
      exitOf(container);
      assertEquals(128 + SIGKILL, Eventually.returns("exit", exec::awaitExit).code());
    }
  }

  @Test
  void exec_terminal_isOneWithTheGivenSize() throws Exception {
    assumeTrue(hasTerminals(), "a fake without terminals");
    Container container = started(sandbox(), "sleep 1000");
    String script = "test -t 0 && test -t 1 && test -t 2 && echo terminal; read go; stty size";
    try (ExecProcess exec = container.exec(process(true, "/bin/sh", "-c", script), soon())) {
      exec.resize(101, 37);
      exec.stdin().write("go\n".getBytes(StandardCharsets.UTF_8));
      exec.stdin().flush();
      String output = textOf(exec.stdout());
      assertTrue(output.contains("terminal\r\n"), output);
      assertTrue(output.contains("37 101"), output);
      assertEquals("", textOf(exec.stderr()));
      assertEquals(0, Eventually.returns("exit", exec::awaitExit).code());
    }
  }

  private static String textOf(InputStream stream) throws Exception {
    return Eventually.returns(
        "the end of a stream", () -> new String(stream.readAllBytes(), StandardCharsets.UTF_8));
  }
}
