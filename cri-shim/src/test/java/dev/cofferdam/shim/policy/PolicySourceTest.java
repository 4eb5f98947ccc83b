package dev.cofferdam.shim.policy;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cofferdam.policy.NodeProof;
import dev.cofferdam.policy.Variant;
import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.SandboxException;
import dev.cofferdam.shim.handler.Placement;
import dev.cofferdam.shim.kube.ClusterAccess;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PolicySourceTest {

  private static final NodeProof SYSTRAP_ONLY =
      NodeProof.of(
          Map.of(
              new Variant("gvisor", "systrap"), NodeProof.Finding.proved("Linux 4.4.0"),
              new Variant("gvisor", "kvm"), NodeProof.Finding.failed("hangs")));

  @TempDir Path folder;
  private Path files = Path.of("");
  private Path cache = Path.of("");

  @BeforeEach
  void makeFolders() throws IOException {
    files = Files.createDirectory(folder.resolve("files"));
    cache = folder.resolve("state").resolve("policies");
  }

  @Test
  void place_policyFromAFile_goesToWhatTheNodeProved() throws IOException {
    write("untrusted", "backends: [{type: MicroVM}, {type: GVisor}]");
    try (PolicySource source = started()) {
      assertEquals(new Placement("gvisor", "systrap", false), source.place("cofferdam-untrusted"));
      assertEquals(List.of("cofferdam-untrusted"), source.names());
    }
  }

  @Test
  void place_nothingProved_hasOneReasonForEachBackend() throws IOException {
    write("untrusted", "backends: [{type: MicroVM}, {type: GVisor, gVisor: {platform: KVM}}]");
    try (PolicySource source = started()) {
      String message = refusal(source, "cofferdam-untrusted");
      assertTrue(message.contains("MicroVM (microvm/firecracker: not proved"), message);
      assertTrue(message.contains("GVisor (gvisor/kvm: hangs)"), message);
    }
  }

  @Test
  void owns_everyHandlerOfOurPrefix_andNoOther() {
    try (PolicySource source = started()) {
      assertTrue(source.owns("cofferdam-never-heard-of"));
      assertFalse(source.owns("runc"));
      assertFalse(source.owns(""));
      String message = refusal(source, "cofferdam-never-heard-of");
      assertTrue(message.contains("\"never-heard-of\""), message);
    }
  }

  @Test
  void start_brokenFile_doesNotStopTheOthersAndSaysItsField() throws IOException {
    write("good", "backends: [{type: GVisor}]");
    write("bad", "backends: [{type: GVisor}], enforcment: {}");
    Files.writeString(files.resolve("noise.yaml"), "\0");
    Files.writeString(files.resolve("README.txt"), "not a policy");
    try (PolicySource source = started()) {
      assertEquals(new Placement("gvisor", "systrap", false), source.place("cofferdam-good"));
      String message = refusal(source, "cofferdam-bad");
      assertTrue(message.contains("spec.enforcment: unknown field"), message);
      assertEquals(List.of("cofferdam-bad", "cofferdam-good", "cofferdam-noise"), source.names());
    }
  }

  @Test
  void files_changedWhileRunning_areFollowed() throws IOException {
    try (PolicySource source = started()) {
      write("late", "backends: [{type: GVisor}]");
      await()
          .atMost(Duration.ofSeconds(10))
          .until(() -> source.names().equals(List.of("cofferdam-late")));
      Files.delete(files.resolve("late.yaml"));
      await().atMost(Duration.ofSeconds(10)).until(() -> source.names().isEmpty());
    }
  }

  @Test
  void start_apiServerAway_servesWhatWasKeptOnDisk() {
    ClusterPolicies before = new ClusterPolicies(new Policies(), new PolicyCache(cache));
    assertTrue(before.put("kept", document("kept", "backends: [{type: GVisor}]")));
    assertFalse(before.put("kept", document("kept", "backends: [{type: GVisor}]")));
    before.put("too-new", document("too-new", "backends: [{type: GVisor}], hologram: true"));
    try (PolicySource source = started(Optional.of(folder.resolve("no-kubeconfig-yet")))) {
      assertEquals(new Placement("gvisor", "systrap", false), source.place("cofferdam-kept"));
      String message = refusal(source, "cofferdam-too-new");
      assertTrue(message.contains("spec.hologram"), message);
    }
  }

  @Test
  void start_noCluster_forgetsWhatAClusterSaidOnce() {
    new ClusterPolicies(new Policies(), new PolicyCache(cache))
        .put("kept", document("kept", "backends: [{type: GVisor}]"));
    try (PolicySource source = started()) {
      assertEquals(List.of(), source.names());
    }
  }

  @Test
  void retain_policiesDeletedWhileNobodyWatched_areGoneFromDiskToo() {
    Policies policies = new Policies();
    ClusterPolicies cluster = new ClusterPolicies(policies, new PolicyCache(cache));
    cluster.put("stays", document("stays", "backends: [{type: GVisor}]"));
    cluster.put("goes", document("goes", "backends: [{type: GVisor}]"));
    cluster.retain(Set.of("stays"));
    assertEquals(Set.of("stays"), Set.copyOf(policies.names()));
    assertEquals(Set.of("stays"), new PolicyCache(cache).load().keySet());
  }

  @Test
  void put_editThatIsNotUnderstood_doesNotLeaveTheOldOneInForce() {
    Policies policies = new Policies();
    ClusterPolicies cluster = new ClusterPolicies(policies, new PolicyCache(cache));
    cluster.put("a", document("a", "backends: [{type: GVisor}]"));
    cluster.put("a", document("a", "backends: [{type: Hologram}]"));
    assertEquals(KnownPolicy.Refused.class, policies.byName("a").orElseThrow().getClass());
  }

  @Test
  void byName_inClusterAndFile_isTheClusters() {
    Policies policies = new Policies();
    KnownPolicy file = new KnownPolicy.Refused("x", "file", 0);
    KnownPolicy cluster = new KnownPolicy.Refused("x", "cluster", 0);
    policies.replaceFiles(Map.of("a", file));
    policies.putFromCluster("a", cluster);
    assertEquals(Optional.of(cluster), policies.byName("a"));
    policies.removeFromCluster("a");
    assertEquals(Optional.of(file), policies.byName("a"));
  }

  @Test
  void put_nameThatIsNoFileName_isNotWritten() {
    PolicyCache disk = new PolicyCache(cache);
    disk.put("../escape", new byte[0]);
    assertFalse(Files.exists(cache.resolve("../escape.json")));
  }

  private PolicySource started() {
    return started(Optional.empty());
  }

  private PolicySource started(Optional<Path> kubeconfig) {
    PolicySource source =
        new PolicySource(
            new PolicySettings(
                kubeconfig.map(ClusterAccess::of), files, cache, Duration.ofMillis(20)),
            SYSTRAP_ONLY);
    source.start();
    return source;
  }

  private void write(String name, String spec) throws IOException {
    Files.write(files.resolve(name + ".yaml"), document(name, spec));
  }

  private static byte[] document(String name, String spec) {
    return """
    apiVersion: cofferdam.dev/v1alpha1
    kind: SandboxPolicy
    metadata: {name: %s}
    spec: {isolation: ApplicationKernel, %s}
    """
        .formatted(name, spec)
        .getBytes(StandardCharsets.UTF_8);
  }

  private static String refusal(PolicySource source, String handler) {
    SandboxException e = assertThrows(SandboxException.class, () -> source.place(handler));
    assertEquals(ErrorCode.NO_BACKEND, e.code());
    return String.valueOf(e.getMessage());
  }
}
