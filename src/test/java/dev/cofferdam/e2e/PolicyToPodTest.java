package dev.cofferdam.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cofferdam.lab.Command.Result;
import dev.cofferdam.lab.Lab;
import java.time.Duration;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/** From `kubectl apply` of a policy to a pod behind its wall, with a runc pod beside it. */
@EndToEnd
class PolicyToPodTest {
  private final Cluster cluster;
  private final Lab lab;

  PolicyToPodTest(Cluster cluster, Lab lab) {
    this.cluster = cluster;
    this.lab = lab;
  }

  @Test
  void policy_applied_makesRuntimeClassWhosePodsHaveAnotherKernel() {
    cluster.applyPolicy(Policy.named("walled"));
    assertEquals("cofferdam-walled", cluster.get("runtimeclass/walled", ".handler"));

    cluster.runUntilReady(Pod.nginx("web").runtimeClass("walled"));

    assertTrue(cluster.exec("web", "dmesg").orThrow().out().contains("gVisor"), "gVisor's own log");
    assertNotEquals(nodeKernel(), cluster.exec("web", "uname", "-r").orThrow().out().strip());
    assertTrue(cluster.fetch("web").contains("Welcome to nginx"));
  }

  @Test
  void podWithoutClass_besideIt_runsOnTheNodesKernel() {
    cluster.applyPolicy(Policy.named("beside"));
    cluster.runUntilReady(Pod.nginx("inside").runtimeClass("beside"));
    cluster.runUntilReady(Pod.nginx("plain"));

    assertEquals(nodeKernel(), cluster.exec("plain", "uname", "-r").orThrow().out().strip());
    assertTrue(cluster.fetch("plain").contains("Welcome to nginx"));
    assertTrue(cluster.fetch("inside").contains("Welcome to nginx"));
  }

  @Test
  void policyNamedLikeAHandlerOfContainerds_changesNothingForOthersPods() {
    cluster.applyPolicy(Policy.named("runc"));
    assertEquals("cofferdam-runc", cluster.get("runtimeclass/runc", ".handler"));
    cluster.apply(
        "{apiVersion: node.k8s.io/v1, kind: RuntimeClass, metadata: {name: others}, handler: runc}");
    try {
      cluster.runUntilReady(Pod.named("of-others").runtimeClass("others"));
      cluster.runUntilReady(Pod.named("of-ours").runtimeClass("runc"));
      assertEquals(nodeKernel(), cluster.exec("of-others", "uname", "-r").orThrow().out().strip());
      assertTrue(cluster.exec("of-ours", "dmesg").orThrow().out().contains("gVisor"));
    } finally {
      cluster.delete("pod/of-others");
      cluster.delete("runtimeclass/others");
    }
  }

  @Test
  void policy_edited_servesNewPodsAndLeavesRunningOnes() {
    Policy policy = Policy.named("edited");
    cluster.applyPolicy(policy);
    cluster.runUntilReady(Pod.named("early").runtimeClass("edited"));
    String started = cluster.get("pod/early", ".status.containerStatuses[0].containerID");

    cluster.applyPolicy(policy.withPlatform("Ptrace"));
    awaitObserved("edited");
    cluster.runUntilReady(Pod.named("late").runtimeClass("edited"));

    assertTrue(cluster.exec("late", "dmesg").orThrow().out().contains("gVisor"));
    assertEquals(started, cluster.get("pod/early", ".status.containerStatuses[0].containerID"));
    assertTrue(sandboxCommandLines().contains("--platform=ptrace"), sandboxCommandLines());
  }

  @Test
  void policy_deleted_takesItsClassAlongAndLeavesRunningPods() {
    cluster.applyPolicy(Policy.named("passing"));
    cluster.runUntilReady(Pod.named("stays").runtimeClass("passing"));

    // Nothing that only the operator could take away holds the deletion up.
    for (String object : List.of("sandboxpolicy/passing", "runtimeclass/passing")) {
      assertEquals("", cluster.get(object, ".metadata.finalizers"), object);
    }
    cluster.delete("sandboxpolicy/passing");
    Awaitility.await()
        .atMost(Duration.ofSeconds(30))
        .until(() -> !cluster.exists("runtimeclass/passing"));
    cluster.awaitEvent("passing", "PolicyDeleted: RuntimeClass passing goes with its policy");

    assertTrue(cluster.exec("stays", "true").ok());
    Result refused = cluster.tryApply(Pod.named("toolate").runtimeClass("passing").yaml());
    assertFalse(refused.ok());
    assertTrue(refused.err().contains("\"passing\" not found"), refused.err());
    cluster.delete("pod/stays");
  }

  private void awaitObserved(String policy) {
    Awaitility.await()
        .atMost(Duration.ofSeconds(30))
        .until(
            () ->
                cluster
                    .get("sandboxpolicy/" + policy, ".metadata.generation")
                    .equals(cluster.get("sandboxpolicy/" + policy, ".status.observedGeneration")));
  }

  private String nodeKernel() {
    return lab.shell().run("uname", "-r").orThrow().out().strip();
  }

  private String sandboxCommandLines() {
    return lab.shell().run("sh", "-c", "cat /proc/[0-9]*/cmdline | tr '\\0' ' '").out();
  }
}
