package dev.cofferdam.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cofferdam.policy.Requirement;
import java.time.Duration;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/** A class matches a node only where the wall is proved, and everybody is told why not. */
@EndToEnd
class NodeProofTest {
  private static final Duration TIMEOUT = Duration.ofSeconds(90);

  private final Cluster cluster;

  NodeProofTest(Cluster cluster) {
    this.cluster = cluster;
  }

  @Test
  void policyForHardware_getsNoNode_andPolicyAndPodSayWhy() {
    cluster.apply(
        """
        apiVersion: cofferdam.dev/v1alpha1
        kind: SandboxPolicy
        metadata: {name: hardware}
        spec:
          isolation: VirtualMachine
          backends: [{type: MicroVM, microVM: {acceleration: Hardware}}]
        """);
    await("sandboxpolicy/hardware", condition("NodesAvailable", "reason"), "NoEligibleNode");
    await("sandboxpolicy/hardware", ".status.summary.nodes", "0/1");
    String message = cluster.get("sandboxpolicy/hardware", condition("NodesAvailable", "message"));
    assertTrue(message.contains("MicroVM (microvm/firecracker: "), message);

    await("runtimeclass/hardware", ".handler", "cofferdam-hardware");
    cluster.apply(Pod.named("hopeless").runtimeClass("hardware").yaml());
    cluster.awaitEvent("hopeless", "NoEligibleNode");
    assertEquals("", cluster.get("pod/hopeless", ".spec.nodeName"));
    cluster.delete("pod/hopeless");
  }

  @Test
  void node_thatLosesItsProof_losesTheLabelWithAnEvent_andGetsItBack() {
    EnforcedPolicy policy = new EnforcedPolicy("proved", "Audit", "made-up");
    MadeUpNode node =
        new MadeUpNode(
            "made-up-proof", Map.of("pool", "made-up", "topology.kubernetes.io/zone", "west"));
    MadeUpNode elsewhere =
        new MadeUpNode(
            "made-up-east", Map.of("pool", "made-up", "topology.kubernetes.io/zone", "east"));
    String label = ".metadata.labels." + Requirement.labelOf(policy.spec()).replace(".", "\\.");
    node.create(cluster);
    elsewhere.create(cluster);
    try {
      cluster.apply(policy.yaml());
      node.say(cluster, "", Map.of("proved", policy.spec()));
      await("node/made-up-proof", label, "proved");
      await("sandboxpolicy/proved", ".status.summary.nodes", "1/2");
      await("sandboxpolicy/proved", condition("ZonesCovered", "reason"), "ZonesWithoutNodes");
      String zones = cluster.get("sandboxpolicy/proved", condition("ZonesCovered", "message"));
      assertTrue(zones.endsWith("in zone east"), zones);
      await("runtimeclass/proved", ".overhead.podFixed.memory", "43Mi");

      node.say(cluster, "runsc: no such file", Map.of("proved", policy.spec()));
      await("node/made-up-proof", label, "");
      cluster.awaitEvent("made-up-proof", "runsc: no such file");
      await("sandboxpolicy/proved", condition("NodesAvailable", "reason"), "NoEligibleNode");
      assertEquals("43Mi", cluster.get("runtimeclass/proved", ".overhead.podFixed.memory"));

      node.say(cluster, "", Map.of("proved", policy.spec()));
      await("node/made-up-proof", label, "proved");
    } finally {
      node.delete(cluster);
      elsewhere.delete(cluster);
    }
  }

  private static String condition(String type, String field) {
    return ".status.conditions[?(@.type==\"" + type + "\")]." + field;
  }

  private void await(String object, String jsonPath, String expected) {
    Awaitility.await(object + " " + jsonPath + " = " + expected)
        .atMost(TIMEOUT)
        .pollInterval(Duration.ofMillis(300))
        .until(
            () -> cluster.kubectl("get", object, "-o", "jsonpath={" + jsonPath + "}"),
            result -> result.ok() && result.out().equals(expected));
  }
}
