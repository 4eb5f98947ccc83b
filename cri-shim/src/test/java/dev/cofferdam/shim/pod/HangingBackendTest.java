package dev.cofferdam.shim.pod;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cofferdam.sandbox.Deadline;
import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.SandboxException;
import dev.cofferdam.sandbox.testing.FakeBackend;
import dev.cofferdam.shim.live.Timeouts;
import dev.cofferdam.shim.state.Records;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** One pod whose backend does not answer is nobody else's trouble. */
@Timeout(30)
class HangingBackendTest {
  private static final Timeouts IMPATIENT =
      new Timeouts(
          Duration.ofSeconds(20),
          Duration.ofSeconds(5),
          Duration.ofSeconds(5),
          Duration.ofMillis(500),
          Duration.ofSeconds(5),
          Duration.ofSeconds(2),
          Duration.ofSeconds(2));

  @TempDir Path root;

  @Test
  void lists_whileAPodHangs_answer_andARetryFindsItsResult() throws Exception {
    FakeBackend fake = new FakeBackend();
    HangingBackend backend = new HangingBackend(fake);
    try (TestNode node =
            new TestNode(root, new FakeHost(), backend, "boot-1", IMPATIENT).started();
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<String> first = threads.submit(() -> node.run(node.pod("web")));
      backend.entered.await();

      assertEquals(List.of(), node.list());
      SandboxException e = assertThrows(SandboxException.class, () -> node.run(node.pod("web")));
      assertEquals(ErrorCode.DEADLINE_EXCEEDED, e.code());
      assertTrue(e.toString().contains("start the sandbox"), e.toString());

      Future<String> retry = threads.submit(() -> node.run(node.pod("web")));
      backend.goOn.countDown();
      assertEquals(first.get(), retry.get());
      assertEquals(1, node.list().size());
    } finally {
      fake.sandboxIds()
          .forEach(
              id -> fake.purge(Records.sandbox(id).spec(), Deadline.after(Duration.ofSeconds(5))));
    }
  }

  @Test
  void sandboxThatIsDoneAfterItsCallerGaveUp_isTheNextShimsAnswerToARetry() throws Exception {
    FakeHost host = new FakeHost();
    FakeBackend fake = new FakeBackend();
    HangingBackend backend = new HangingBackend(fake);
    String parked;
    try (TestNode node = new TestNode(root, host, backend, "boot-1", IMPATIENT).started();
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<String> first = threads.submit(() -> node.run(node.pod("web")));
      backend.entered.await();
      var _ = assertThrows(SandboxException.class, () -> node.run(node.pod("web")));
      backend.goOn.countDown();
      parked = first.get(); // nobody gets to see it
    }
    try (TestNode next = new TestNode(root, host, fake.restarted(), "boot-1", IMPATIENT)) {
      assertEquals(parked, next.started().run(next.pod("web")));
      assertEquals(1, next.list().size());
    }
  }
}
