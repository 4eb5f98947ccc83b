package dev.cofferdam.gvisor;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.cofferdam.sandbox.Container;
import dev.cofferdam.sandbox.Deadline;
import dev.cofferdam.sandbox.ExecProcess;
import dev.cofferdam.sandbox.Stdio;
import dev.cofferdam.sandbox.testing.Eventually;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/** Real processes in a real sentry, all at once. */
class ManyExecsTest extends GvisorFixture {
  private static final int COUNT = 100;

  @Test
  void exec_aHundredAtOnce_eachGetsItsOwnInputOutputAndExitCode() throws Exception {
    Container container =
        newSandbox().createContainer(containerSpec(shell("sleep 1000"), Stdio.NONE), soon());
    container.start(soon());
    List<Callable<String>> sessions = new ArrayList<>();
    List<String> expected = new ArrayList<>();
    for (int i = 0; i < COUNT; i++) {
      int number = i;
      sessions.add(() -> echo(container, number));
      expected.add("session " + number + ", exit " + number);
    }
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<String> got = new ArrayList<>();
      for (Future<String> each : threads.invokeAll(sessions)) {
        got.add(each.get());
      }
      assertEquals(expected, got);
    }
    Eventually.get(
        "that only the first process is left",
        () -> Optional.of(container.processes(soon())).filter(left -> left.size() == 1));
  }

  private String echo(Container container, int number) throws Exception {
    try (ExecProcess process =
        container.exec(shell("cat; exit " + number), Deadline.after(Duration.ofMinutes(1)))) {
      try (OutputStream in = process.stdin()) {
        in.write(("session " + number).getBytes(StandardCharsets.UTF_8));
      }
      String out = new String(process.stdout().readAllBytes(), StandardCharsets.UTF_8);
      return out + ", exit " + process.awaitExit().code();
    }
  }
}
