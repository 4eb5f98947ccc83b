package dev.cofferdam.shim.install;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cofferdam.sandbox.SandboxException;
import dev.cofferdam.shim.install.FakeNode.Fault;
import dev.cofferdam.shim.install.FakeNode.Killed;
import dev.cofferdam.shim.install.host.Acts;
import dev.cofferdam.shim.install.host.HostFiles;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Each change that an operation makes fails once, and is once the last that the installer makes.
 */
class InstallFaultTest {
  private static final int MOST_CHANGES = 200;

  @TempDir(factory = InMemory.class)
  Path folder;

  /** An operation on a node. */
  private interface Operation {
    void run(FakeNode node) throws IOException, InterruptedException;
  }

  /** What must hold after the fault. */
  private interface Check {
    void run(FakeNode node, int change) throws IOException, InterruptedException;
  }

  private void atEachChange(Fault fault, Operation prepare, Operation operation, Check check)
      throws IOException, InterruptedException {
    int change = 1;
    for (boolean happened = true; happened; change++) {
      assertTrue(change < MOST_CHANGES, "the operation has no end");
      FakeNode node = new FakeNode(folder.resolve("node-" + change).resolve("root"));
      prepare.run(node);
      node.faultAt(change, fault);
      try {
        operation.run(node);
      } catch (Killed | SandboxException | IOException expected) {
        assertTrue(node.faultHappened(), () -> "without a fault: " + expected);
      }
      happened = node.faultHappened();
      node.noFault();
      if (happened) {
        check.run(node, change);
      }
    }
    assertTrue(change > 10, "only " + change + " changes were tried");
  }

  private static void nothing(FakeNode node) {}

  private static Map<String, String> untouched(Path root) throws IOException {
    return new FakeNode(root).state();
  }

  /** Times of files that the test itself made differ from node to node. */
  private static Map<String, String> comparable(Map<String, String> state) {
    NodeInstallerTest.withoutRecord(state);
    state.keySet().removeIf(name -> name.startsWith("/proc/"));
    state.replaceAll((name, what) -> what.replaceFirst(" \\d{13} ", " "));
    return state;
  }

  @Test
  void install_whereAnyChangeFails_leavesTheNodeAsItWas() throws Exception {
    Map<String, String> before = comparable(untouched(folder.resolve("untouched/root")));
    atEachChange(
        Fault.FAILS,
        InstallFaultTest::nothing,
        node -> node.install("v1"),
        (node, change) -> {
          if (!comparable(node.state()).equals(before)) {
            // The fault hit a step that would only have been undone: the next call finishes it.
            node.installer().recover();
          }
          assertEquals(before, comparable(node.state()), "change " + change);
        });
  }

  @Test
  void install_killedAtAnyChange_isUndoneByTheNextCall() throws Exception {
    Map<String, String> before = comparable(untouched(folder.resolve("untouched/root")));
    atEachChange(
        Fault.KILLED,
        InstallFaultTest::nothing,
        node -> node.install("v1"),
        (node, change) -> {
          node.installer().recover();
          if (node.serving().isEmpty()) {
            assertEquals(before, comparable(node.state()), "change " + change);
          }
        });
  }

  @Test
  void install_killedAtAnyChangeAndTheNodeRebooted_isCompletedByTheNextInstall() throws Exception {
    atEachChange(
        Fault.KILLED,
        InstallFaultTest::nothing,
        node -> node.install("v1"),
        (node, change) -> {
          node.reboot();
          node.install("v1");
          assertEquals(Optional.of("v1"), node.serving(), "change " + change);
          assertEquals(Places.SOCKET, node.kubeletUses(), "change " + change);
        });
  }

  @Test
  void upgrade_whereAnyChangeFails_isServedByTheVersionBefore() throws Exception {
    atEachChange(
        Fault.FAILS,
        node -> node.install("v1"),
        node -> node.install("v2"),
        (node, change) -> assertServes(node, change));
  }

  @Test
  void upgrade_killedAtAnyChange_isServedByTheVersionBeforeAfterTheNextCall() throws Exception {
    atEachChange(
        Fault.KILLED,
        node -> node.install("v1"),
        node -> node.install("v2"),
        (node, change) -> {
          node.installer().recover();
          assertServes(node, change);
        });
  }

  /** One version serves, the same that is current and enabled; kubelet uses it. */
  private static void assertServes(FakeNode node, int change) throws IOException {
    if (node.serving().isEmpty()) {
      try {
        node.installer().recover();
      } catch (InterruptedException e) {
        throw new IOException(e);
      }
    }
    String current = node.files.link("/opt/cofferdam/current").orElse("none");
    assertEquals(Optional.of(current), node.serving(), "change " + change);
    assertTrue(node.enabled.contains(current), "change " + change);
    assertEquals(Places.SOCKET, node.kubeletUses(), "change " + change);
  }

  @Test
  void uninstall_whereAnyChangeFailsOrKills_isCompletedByTheNextUninstall() throws Exception {
    Map<String, String> before = comparable(untouched(folder.resolve("untouched/root")));
    for (Fault fault : Fault.values()) {
      atEachChange(
          fault,
          node -> node.install("v1"),
          node -> node.installer().uninstall(false),
          (node, change) -> {
            node.installer().uninstall(false);
            assertEquals(before, comparable(node.state()), fault + " at change " + change);
          });
      deleteNodes();
    }
  }

  private void deleteNodes() throws IOException {
    for (int change = 1; change < MOST_CHANGES; change++) {
      new HostFiles(folder, Acts.ALL).removeTree("/node-" + change);
    }
  }

  @Test
  void faultTest_ofAnInstallerWithoutUndo_wouldNotice() throws Exception {
    FakeNode node = new FakeNode(folder.resolve("canary/root"));
    Map<String, String> before = comparable(node.state());
    node.faultAt(12, Fault.KILLED);
    assertThrows(Killed.class, () -> node.install("v1"));
    assertNotEquals(before, comparable(node.state()));
  }
}
