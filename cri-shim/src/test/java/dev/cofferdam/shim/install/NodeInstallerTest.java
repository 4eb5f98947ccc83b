package dev.cofferdam.shim.install;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cofferdam.sandbox.SandboxException;
import dev.cofferdam.shim.install.Runtimes.WalledPod;
import dev.cofferdam.shim.install.payload.Payload;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NodeInstallerTest {
  @TempDir(factory = InMemory.class)
  Path folder;

  private FakeNode node;
  private Map<String, String> before;

  @BeforeEach
  void machine() throws IOException {
    node = new FakeNode(folder.resolve("root"));
    before = node.state();
  }

  @Test
  void install_ofANewNode_pointsKubeletAtTheShimAndNothingElseInItsFile() throws Exception {
    node.install("v1");
    assertEquals(Places.SOCKET, node.kubeletUses());
    assertEquals(Optional.of("v1"), node.serving());
    assertEquals(Set.of("v1"), node.enabled);
    assertEquals(
        """
        apiVersion: kubelet.config.k8s.io/v1beta1
        # by kubeadm
        cgroupDriver: systemd
        containerRuntimeEndpoint: unix:///run/cofferdam/cri.sock # the usual one
        kind: KubeletConfiguration
        staticPodPath: /etc/kubernetes/manifests
        """,
        Files.readString(node.at(FakeNode.CONFIG)));
    assertEquals(1, node.kubeletRestarts);
  }

  @Test
  void install_whereKubeletStartsNoPodThroughTheShim_isUndone() throws Exception {
    node.kubeletStartsNothing = true;
    SandboxException failed = assertThrows(SandboxException.class, () -> node.install("v1"));
    assertTrue(
        String.valueOf(failed.getMessage()).contains("kubelet has not started the pod"),
        failed::getMessage);
    assertEquals(before, node.state());
  }

  @Test
  void install_again_changesNothing() throws Exception {
    node.install("v1");
    Map<String, String> installed = withoutRecord(node.state());
    node.install("v1");
    assertEquals(installed, withoutRecord(node.state()));
    assertEquals(1, node.kubeletRestarts);
  }

  @Test
  void installAgain_whenTheShimIsDown_startsIt() throws Exception {
    node.install("v1");
    node.reboot();
    node.running.clear();
    node.install("v1");
    assertEquals(Optional.of("v1"), node.serving());
  }

  @Test
  void uninstall_leavesTheNodeByteForByteAsItWas() throws Exception {
    node.install("v1");
    node.installer().uninstall(false);
    assertEquals(before, node.state());
  }

  @Test
  void uninstall_whereTheStateFolderWasThereAndEmpty_leavesItEmpty() throws Exception {
    Files.createDirectories(node.at(Places.STATE));
    Map<String, String> empty = node.state();
    node.install("v1");
    node.put(Places.STATE + "/sandboxes/one", "a record");
    node.installer().uninstall(false);
    assertEquals(empty, node.state());
  }

  @Test
  void uninstall_twice_isFine() throws Exception {
    node.install("v1");
    node.installer().uninstall(false);
    node.installer().uninstall(false);
    assertEquals(before, node.state());
  }

  @Test
  void uninstall_withSandboxedPods_isRefusedAndNamesThem() throws Exception {
    node.install("v1");
    Map<String, String> installed = withoutRecord(node.state());
    node.pods.add(new WalledPod("0123456789abcdef", "tenant", "job", "gvisor"));
    SandboxException refused =
        assertThrows(SandboxException.class, () -> node.installer().uninstall(false));
    assertTrue(String.valueOf(refused.getMessage()).contains("tenant/job"));
    assertEquals(installed, withoutRecord(node.state()));
  }

  @Test
  void uninstall_toldToEvict_endsSandboxedPodsAndLeavesNothing() throws Exception {
    node.install("v1");
    node.pods.add(new WalledPod("0123456789abcdef", "tenant", "job", "gvisor"));
    node.installer().uninstall(true);
    assertEquals(List.of(), node.pods);
    assertEquals(before, node.state());
  }

  @Test
  void uninstall_endsWhatKubeletDoesNotSee() throws Exception {
    node.install("v1");
    node.unseen = true;
    node.installer().uninstall(false);
    assertFalse(node.unseen);
    assertEquals(before, node.state());
  }

  @Test
  void uninstall_whenKubeletsFileWasEditedSince_changesOnlyTheEndpointBack() throws Exception {
    node.install("v1");
    String edited = Files.readString(node.at(FakeNode.CONFIG)) + "maxPods: 50\n";
    Files.writeString(node.at(FakeNode.CONFIG), edited);
    node.installer().uninstall(false);
    assertEquals(
        edited.replace("unix:///run/cofferdam/cri.sock", "unix:///run/containerd/containerd.sock"),
        Files.readString(node.at(FakeNode.CONFIG)));
  }

  @Test
  void upgradeAndDowngrade_handOverAndRemoveWhatNothingRunsFrom() throws Exception {
    node.install("v1");
    node.running.remove("v1"); // as one does that has no session left
    node.install("v2");
    assertEquals(Optional.of("v2"), node.serving());
    assertFalse(node.files.exists("/opt/cofferdam/v1"));
    node.install("v1");
    assertEquals(Optional.of("v1"), node.serving());
    assertEquals(Set.of("v1"), node.enabled);
    assertEquals(1, node.kubeletRestarts);
    // v2 still carries sessions to their end.
    assertEquals(Set.of("v1", "v2"), node.running);
    node.installer().uninstall(false);
    assertEquals(before, node.state());
  }

  @Test
  void upgrade_whileASandboxRunsFromTheOldVersion_keepsThatUntilItEnds() throws Exception {
    node.install("v1");
    node.process(500, "/opt/cofferdam/v1/bin/cofferdam", "boot");
    node.install("v2");
    assertTrue(node.files.exists("/opt/cofferdam/v1/bin/cofferdam"));
    node.running.remove("v1");
    node.installer().recover();
    assertTrue(node.files.exists("/opt/cofferdam/v1/bin/cofferdam"));
    node.endProcess(500);
    node.installer().recover();
    assertFalse(node.files.exists("/opt/cofferdam/v1"));
  }

  @Test
  void upgrade_toAVersionWhoseWallFails_isServedByTheOldOneAgain() throws Exception {
    node.install("v1");
    Map<String, String> installed = withoutSockets(node.state());
    node.brokenHandlers.add("gvisor");
    SandboxException failed = assertThrows(SandboxException.class, () -> node.install("v2"));
    assertTrue(
        String.valueOf(failed.getMessage()).contains("as it was before"), failed::getMessage);
    assertEquals(Optional.of("v1"), node.serving());
    assertEquals(installed, withoutSockets(node.state()));
  }

  @Test
  void install_whenKubeletDoesNotComeBack_isUndone() throws Exception {
    node.kubeletRefusesShim = true;
    SandboxException failed = assertThrows(SandboxException.class, () -> node.install("v1"));
    assertTrue(String.valueOf(failed.getMessage()).contains("container runtime is down"));
    assertEquals(before, node.state());
  }

  @Test
  void install_whenKubeletEndsAgainAndAgain_isUndoneAtOnceAndQuotesIt() throws Exception {
    node.kubeletEndsWithShim = true;
    SandboxException failed = assertThrows(SandboxException.class, () -> node.install("v1"));
    assertTrue(String.valueOf(failed.getMessage()).contains("last words of kubelet"));
    assertEquals(before, node.state());
  }

  @Test
  void install_whenTheShimDoesNotServe_isUndoneAndQuotesIt() throws Exception {
    node.deafVersions.add("v1");
    SandboxException failed = assertThrows(SandboxException.class, () -> node.install("v1"));
    assertTrue(String.valueOf(failed.getMessage()).contains("last words of v1"));
    assertEquals(before, node.state());
  }

  @Test
  void install_ofAPayloadWithAWrongHash_touchesNothing() throws Exception {
    Payload payload = node.payload("v1");
    Files.writeString(payload.folder().resolve("bin/cofferdam"), "#!another");
    SandboxException failed =
        assertThrows(
            SandboxException.class,
            () ->
                node.installer()
                    .install(
                        new NodeInstaller.Order(
                            payload, List.of(), Optional.empty(), Optional.empty())));
    assertTrue(String.valueOf(failed.getMessage()).contains("bin/cofferdam has another SHA-256"));
    assertEquals(before, node.state());
  }

  @Test
  void installAgain_withOtherSettings_writesThemAndRestartsTheShim() throws Exception {
    node.install("v1", Map.of("backend.gvisor.runsc", "/usr/local/bin/runsc"));
    int starts = node.starts;
    node.install("v1", Map.of("backend.gvisor.runsc", "/usr/local/bin/runsc"));
    assertEquals(starts, node.starts);
    node.install("v1", Map.of());
    assertEquals(starts + 1, node.starts);
    assertFalse(Files.readString(node.at(Places.CONFIG)).contains("runsc"));
    node.installer().uninstall(false);
    assertEquals(before, node.state());
  }

  @Test
  void installAgain_withSettingsThatTheShimDoesNotBear_isUndoneAndItServes() throws Exception {
    node.install("v1");
    Map<String, String> installed = withoutSockets(node.state());
    node.unbearable = "backend.gvisor.runsc";
    SandboxException failed =
        assertThrows(
            SandboxException.class,
            () -> node.install("v1", Map.of("backend.gvisor.runsc", "/nowhere")));
    assertTrue(String.valueOf(failed.getMessage()).contains("last words of v1"));
    assertEquals(Optional.of("v1"), node.serving());
    assertEquals(installed, withoutSockets(node.state()));
    assertThrows(
        SandboxException.class,
        () -> node.install("v2", Map.of("backend.gvisor.runsc", "/nowhere")));
    assertEquals(Optional.of("v1"), node.serving());
    assertEquals(installed, withoutSockets(node.state()));
  }

  @Test
  void install_withSettings_whereSomebodyElseChangedTheFile_leavesThat() throws Exception {
    node.install("v1");
    Files.writeString(node.at(Places.CONFIG), "stop-timeout=PT9S\n");
    node.install("v1", Map.of("stop-timeout", "PT7S"));
    assertEquals("stop-timeout=PT9S\n", Files.readString(node.at(Places.CONFIG)));
    assertTrue(
        node.said.stream().anyMatch(line -> line.contains("somebody's own")), node.said::toString);
  }

  @Test
  void install_whileAnotherInstallerIsAtWork_isRefused() throws Exception {
    try (NodeLock _ = NodeLock.take(node.files)) {
      SandboxException refused = assertThrows(SandboxException.class, () -> node.install("v1"));
      assertTrue(String.valueOf(refused.getMessage()).contains("another installer"));
    }
    assertEquals(before, node.state());
  }

  @Test
  void install_whereThereIsNoShell_isRefused() throws Exception {
    Files.delete(node.at("/bin/sh"));
    SandboxException refused = assertThrows(SandboxException.class, () -> node.install("v1"));
    assertTrue(String.valueOf(refused.getMessage()).contains("it has no /bin/sh"));
  }

  @Test
  void install_whereKubeletUsesTheShimWithoutARecord_isRefused() throws Exception {
    node.put(
        FakeNode.CONFIG,
        "kind: KubeletConfiguration\ncontainerRuntimeEndpoint: unix:///run/cofferdam/cri.sock\n");
    SandboxException refused = assertThrows(SandboxException.class, () -> node.install("v1"));
    assertTrue(String.valueOf(refused.getMessage()).contains("no record"));
  }

  @Test
  void upgrade_whereNothingIsInstalled_isRefused() throws Exception {
    Payload payload = node.payload("v1");
    assertThrows(
        SandboxException.class,
        () ->
            node.installer()
                .upgrade(
                    new NodeInstaller.Order(
                        payload, List.of(), Optional.empty(), Optional.empty())));
    assertEquals(before, node.state());
  }

  /** The record has times in it. */
  static Map<String, String> withoutRecord(Map<String, String> state) {
    state.remove("/opt/cofferdam/node/record.json");
    return state;
  }

  private static Map<String, String> withoutSockets(Map<String, String> state) {
    state.keySet().removeIf(name -> name.startsWith("/run/cofferdam/"));
    return withoutRecord(state);
  }
}
