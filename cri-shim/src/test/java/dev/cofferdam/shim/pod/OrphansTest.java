package dev.cofferdam.shim.pod;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cofferdam.shim.host.HostPaths;
import dev.cofferdam.shim.state.Records;
import dev.cofferdam.shim.state.SandboxRecord;
import dev.cofferdam.shim.state.StateStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the node holds in the name of pods that no record knows. */
class OrphansTest {
  private static final String POD = "a".repeat(64);
  private static final String CONTAINER = "c".repeat(64);

  @TempDir Path root;

  @Test
  void recordsThatAreGone_whatTheyStoodForGoesToo() throws Exception {
    TestNode node = new TestNode(root).started();
    try {
      String lost = node.run(node.pod("lost"));
      String lostContainer = node.startNew(lost, "app", "sleep 1000");
      String kept = node.run(node.pod("kept"));
      String keptContainer = node.startNew(kept, "app", "sleep 1000");
      node.runtime.close();
      StateStore store = new StateStore(root.resolve("state"));
      store.removeSandbox(lost);
      store.removeContainer(lostContainer);

      node = node.restarted().started();

      TestNode next = node;
      Awaitility.await()
          .until(
              () ->
                  next.leftovers().stream()
                      .noneMatch(each -> each.contains(lost) || each.contains(lostContainer)));
      assertEquals(Set.of("app"), Set.of(next.status(keptContainer).getMetadata().getName()));
      node.remove(kept);
      assertEquals(List.of(), node.leftovers());
    } finally {
      node.close();
    }
  }

  @Test
  void containersRecordThatCannotBeRead_containerIsEndedAndThePodLives() throws Exception {
    TestNode node = new TestNode(root).started();
    try {
      String pod = node.run(node.pod("web"));
      String broken = node.startNew(pod, "app", "sleep 1000");
      node.runtime.close();
      Files.writeString(
          root.resolve("state/containers").resolve(broken).resolve("record.json"), "{");

      node = node.restarted().started();

      TestNode next = node;
      Awaitility.await()
          .until(() -> next.host.held.stream().noneMatch(each -> each.contains(broken)));
      // Its name is free again.
      var _ = node.startNew(pod, "app", "sleep 1000");
    } finally {
      node.close();
    }
  }

  @Test
  void whatIsBeingMade_isNoOrphan() throws IOException {
    StateStore store = new StateStore(root.resolve("state"));
    HostPaths paths = new HostPaths(root.resolve("run"));
    FakeHost host = new FakeHost();
    store.save(Records.sandbox(POD).withPhase(SandboxRecord.Phase.CREATING, ""));
    store.save(Records.container(CONTAINER, POD));
    hold(host, paths);

    assertEquals(new Orphans.Found(Set.of(), Set.of()), find(store, host, paths));
  }

  @Test
  void everyTrace_aloneIsEnough() throws IOException {
    StateStore store = new StateStore(root.resolve("state"));
    HostPaths paths = new HostPaths(root.resolve("run"));
    Orphans.Found all = new Orphans.Found(Set.of(POD), Set.of(CONTAINER));
    for (String trace : List.of("attachment " + POD, "netns", "pods")) {
      FakeHost host = new FakeHost();
      hold(host, paths);
      host.held.removeIf(each -> each.startsWith("attachment") && !each.equals(trace));
      Files.deleteIfExists(
          (trace.equals("netns") ? paths.podFiles(POD) : paths.networkNamespace(POD)));
      assertEquals(all, find(store, host, paths), trace);
    }
    for (String trace : List.of("rootfs", "log", "folder")) {
      FakeHost host = new FakeHost();
      hold(host, paths);
      host.held.removeIf(each -> each.endsWith(CONTAINER) && !each.startsWith(trace));
      if (!trace.equals("folder")) {
        Files.delete(paths.container(CONTAINER));
      }
      assertEquals(all, find(store, host, paths), trace);
    }
  }

  @Test
  void beginningOfAnId_isKnownWhereARecordHasIt() throws IOException {
    StateStore store = new StateStore(root.resolve("state"));
    Orphans orphans = new Orphans(store, new FakeHost().host(), new HostPaths(root.resolve("run")));
    assertFalse(orphans.isKnown(POD.substring(0, 32)));
    store.save(Records.sandbox(POD));
    assertTrue(orphans.isKnown(POD.substring(0, 32)));
    store.removeSandbox(POD);
    assertFalse(orphans.isKnown(POD.substring(0, 32)));
  }

  @Test
  void strangersNames_areLeftAlone() throws IOException {
    StateStore store = new StateStore(root.resolve("state"));
    HostPaths paths = new HostPaths(root.resolve("run"));
    FakeHost host = new FakeHost();
    Files.createDirectories(paths.allPodFiles().resolve("somebody-elses"));
    host.held.add("rootfs of-another-program");

    assertEquals(new Orphans.Found(Set.of(), Set.of()), find(store, host, paths));
  }

  private static Orphans.Found find(StateStore store, FakeHost host, HostPaths paths) {
    return new Orphans(store, host.host(), paths).find();
  }

  private static void hold(FakeHost host, HostPaths paths) throws IOException {
    Stream.of("attachment " + POD, "rootfs " + CONTAINER, "log " + CONTAINER)
        .forEach(host.held::add);
    for (Path folder :
        List.of(paths.networkNamespace(POD), paths.podFiles(POD), paths.container(CONTAINER))) {
      Files.createDirectories(folder);
    }
  }
}
