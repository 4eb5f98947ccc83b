package dev.cofferdam.shim.pod;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cofferdam.cri.v1.ContainerState;
import dev.cofferdam.cri.v1.PodSandboxState;
import dev.cofferdam.sandbox.Deadline;
import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.SandboxException;
import dev.cofferdam.shim.state.Records;
import dev.cofferdam.shim.state.SandboxRecord;
import dev.cofferdam.shim.state.StateStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the next shim finds. */
class PodRecoveryTest {
  @TempDir Path root;
  private TestNode node;

  @BeforeEach
  void startNode() {
    node = new TestNode(root).started();
  }

  @AfterEach
  void closeNode() {
    node.close();
  }

  @Test
  void restart_withRunningPod_takesItUpAndSeesItsExits() throws Exception {
    String pod = node.run(node.pod("web"));
    Path go = root.resolve("go");
    String container =
        node.startNew(pod, "app", "while [ ! -e " + go + " ]; do sleep 0.1; done; exit 3");

    node = node.restarted();
    assertTrue(node.runtime.ownership().sandboxId(pod.substring(0, 12)).isPresent());
    assertFalse(node.runtime.ownership().ready());
    node = node.started();

    assertEquals(PodSandboxState.SANDBOX_READY, node.list().getFirst().getState());
    assertEquals(ContainerState.CONTAINER_RUNNING, node.status(container).getState());
    Files.createFile(go);
    Awaitility.await()
        .until(() -> node.status(container).getState() == ContainerState.CONTAINER_EXITED);
    assertEquals(3, node.status(container).getExitCode());
    assertEquals("Error", node.status(container).getReason());
    assertEquals(pod, node.run(node.pod("web")));

    node.remove(pod);
    assertEquals(List.of(), node.leftovers());
  }

  @Test
  void restart_afterTheSandboxEnded_showsItNotReady() throws Exception {
    String pod = node.run(node.pod("web"));
    String container = node.startNew(pod, "app", "sleep 1000");
    node.runtime.close();
    node.fake()
        .purge(
            new StateStore(root.resolve("state")).load().sandboxes().getFirst().spec(),
            Deadline.after(Duration.ofSeconds(5)));

    node = node.restarted().started();

    assertEquals(PodSandboxState.SANDBOX_NOTREADY, node.list().getFirst().getState());
    assertEquals(ContainerState.CONTAINER_EXITED, node.status(container).getState());
    assertTrue(node.host.adopted.contains(container));
    assertTrue(node.host.finished.contains(container));
    node.remove(pod);
    assertEquals(List.of(), node.leftovers());
  }

  @Test
  void restart_afterAReboot_showsEveryPodNotReadyAndAsksNobody() throws Exception {
    String pod = node.run(node.pod("web"));
    String container = node.startNew(pod, "app", "sleep 1000");

    node = node.restarted("boot-2").started();

    assertEquals(PodSandboxState.SANDBOX_NOTREADY, node.list().getFirst().getState());
    assertEquals(255, node.status(container).getExitCode());
    // Its address is another's to have, before anybody asks.
    Awaitility.await().until(() -> !node.host.held.contains("attachment " + pod));
    node.remove(pod);
    assertEquals(List.of(), node.leftovers());
  }

  @Test
  void restart_withAHalfMadeSandbox_takesItApart() throws Exception {
    String pod = node.run(node.pod("web"));
    StateStore store = new StateStore(root.resolve("state"));
    SandboxRecord record = store.load().sandboxes().getFirst();
    store.save(record.withPhase(SandboxRecord.Phase.CREATING, ""));

    node = node.restarted().started();

    Awaitility.await().until(() -> node.leftovers().isEmpty());
    assertTrue(node.runtime.ownership().sandboxId(pod).isEmpty());
  }

  @Test
  void restart_withABrokenRecord_endsThatPodAndGoesOnWithTheRest() throws Exception {
    String broken = node.run(node.pod("broken"));
    var _ = node.startNew(broken, "app", "sleep 1000");
    String whole = node.run(node.pod("whole"));
    Files.writeString(
        root.resolve("state/sandboxes").resolve(broken).resolve("record.json"), "{\"version\":");

    node = node.restarted().started();

    assertEquals(List.of(whole), node.list().stream().map(each -> each.getId()).toList());
    assertTrue(Files.exists(root.resolve("state/quarantine").resolve(broken)));
    Awaitility.await().until(() -> node.fake().sandboxIds().equals(List.of(whole)));
    Awaitility.await()
        .until(() -> node.host.held.stream().noneMatch(each -> each.contains(broken)));
    assertTrue(node.host.held.contains("attachment " + whole));
  }

  @Test
  void restart_whereTheBackendDoesNotAnswer_keepsThePodUntilItDoes() throws Exception {
    String pod = node.run(node.pod("web"));
    node = node.restarted();
    node.fake().failNext("find", new SandboxException(ErrorCode.DEADLINE_EXCEEDED, "hangs"));
    node = node.started();

    // The first round of the sweep asks again.
    assertEquals(PodSandboxState.SANDBOX_READY, node.list().getFirst().getState());
    Awaitility.await().until(() -> canStart(pod));
  }

  private boolean canStart(String pod) {
    try {
      var _ = node.startNew(pod, "app", "sleep 1000");
      return true;
    } catch (Exception notYet) {
      return false;
    }
  }

  @Test
  void restart_withRecordsOfAnUnknownBackend_keepsThem() {
    node.runtime.close();
    new StateStore(root.resolve("state")).save(unknownBackend());
    node = node.restarted().started();
    assertTrue(node.runtime.ownership().sandboxId("d".repeat(64)).isPresent());
  }

  private static SandboxRecord unknownBackend() {
    SandboxRecord record = Records.sandbox("d".repeat(64));
    return new SandboxRecord(
        record.version(),
        record.id(),
        record.handler(),
        "of-a-later-shim",
        record.config(),
        record.spec(),
        record.phase(),
        record.createdAtNanos(),
        record.bootId(),
        record.ips(),
        record.networkResult(),
        record.note());
  }
}
