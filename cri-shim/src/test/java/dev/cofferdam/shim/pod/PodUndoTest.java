package dev.cofferdam.shim.pod;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cofferdam.cri.v1.PodSandboxState;
import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.SandboxException;
import java.nio.file.Path;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a step leaves that fails: nothing, or a sandbox that says what is left. */
class PodUndoTest {
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

  @ParameterizedTest
  @ValueSource(strings = {"createNamespace", "add", "create", "shm"})
  void runPodSandbox_failingOnTheNode_leavesNothing(String operation) throws Exception {
    node.host.fail(operation, 1);
    assertThrows(SandboxException.class, () -> node.run(node.pod("web")));
    assertEquals(List.of(), node.leftovers());
    assertEquals(List.of(), node.list());

    String retried = node.run(node.pod("web"));
    assertEquals(retried, node.list().getFirst().getId());
  }

  @Test
  void runPodSandbox_failingInTheBackend_leavesNothing() throws Exception {
    node.fake().failNext("create", new SandboxException(ErrorCode.PROGRAM_FAILED, "runsc died"));
    SandboxException e = assertThrows(SandboxException.class, () -> node.run(node.pod("web")));
    assertEquals("runsc died", e.getMessage());
    assertEquals(List.of(), node.leftovers());
  }

  @ParameterizedTest
  @ValueSource(strings = {"resolve", "prepare", "user", "open"})
  void createContainer_failingOnTheNode_leavesNothing(String operation) throws Exception {
    String pod = node.run(node.pod("web"));
    List<String> before = node.leftovers();
    node.host.fail(operation, 1);
    assertThrows(
        SandboxException.class, () -> node.create(pod, TestNode.container("app", "exit 0")));
    assertEquals(List.copyOf(before), node.leftovers());
  }

  @Test
  void createContainer_failingInTheBackend_leavesNothing() throws Exception {
    String pod = node.run(node.pod("web"));
    List<String> before = node.leftovers();
    node.fake().failNext("createContainer", new SandboxException(ErrorCode.INTERNAL, "no"));
    assertThrows(
        SandboxException.class, () -> node.create(pod, TestNode.container("app", "exit 0")));
    assertEquals(List.copyOf(before), node.leftovers());
  }

  @Test
  void runPodSandbox_thatCannotBeUndone_staysNotReadyUntilItIsRemoved() throws Exception {
    node.host.fail("shm", 1);
    node.host.fail("delete", 1);
    assertThrows(SandboxException.class, () -> node.run(node.pod("web")));

    assertEquals(PodSandboxState.SANDBOX_NOTREADY, node.list().getFirst().getState());
    assertTrue(node.host.held.stream().anyMatch(each -> each.startsWith("attachment")));

    node.remove(node.list().getFirst().getId());
    assertEquals(List.of(), node.leftovers());
  }

  @Test
  void runPodSandbox_thatCouldNotBeUndone_isFinishedByTheNextShim() throws Exception {
    node.host.fail("shm", 1);
    node.host.fail("delete", 1);
    assertThrows(SandboxException.class, () -> node.run(node.pod("web")));

    node = node.restarted().started();
    Awaitility.await().until(() -> node.leftovers().isEmpty());
    assertEquals(List.of(), node.list());
  }

  @Test
  void createContainer_thatCouldNotBeUndone_isFinishedByTheNextShim() throws Exception {
    String pod = node.run(node.pod("web"));
    List<String> before = node.leftovers();
    node.host.fail("open", 1);
    node.host.fail("remove", 1);
    assertThrows(
        SandboxException.class, () -> node.create(pod, TestNode.container("app", "exit 0")));
    assertTrue(node.host.held.stream().anyMatch(each -> each.startsWith("rootfs")));

    node = node.restarted().started();
    Awaitility.await().until(() -> before.equals(node.leftovers()));
  }
}
