package dev.cofferdam.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/** The operator keeps its RuntimeClasses right, and its hands off those of others. */
@EndToEnd
class RuntimeClassOwnershipTest {
  private static final Duration TIMEOUT = Duration.ofSeconds(30);

  private final Cluster cluster;

  RuntimeClassOwnershipTest(Cluster cluster) {
    this.cluster = cluster;
  }

  @Test
  void runtimeClass_changedByOthers_isPutRightWithAnEvent() {
    cluster.applyPolicy(Policy.named("repaired"));
    cluster
        .kubectl(
            "patch",
            "runtimeclass/repaired",
            "--type=merge",
            "-p",
            "{\"overhead\": {\"podFixed\": {\"cpu\": \"7\"}}}")
        .orThrow();
    cluster.awaitEvent("repaired", "RuntimeClassRepaired");
    assertNotEquals("7", cluster.get("runtimeclass/repaired", ".overhead.podFixed.cpu"));
  }

  @Test
  void runtimeClass_deletedOrGivenAnotherHandler_isMadeAnew() {
    cluster.applyPolicy(Policy.named("anew"));
    String owner = cluster.get("runtimeclass/anew", ".metadata.ownerReferences[0].uid");
    cluster.delete("runtimeclass/anew");
    await("runtimeclass/anew", ".handler", "cofferdam-anew");

    String impostor =
        """
        apiVersion: node.k8s.io/v1
        kind: RuntimeClass
        metadata:
          name: anew
          ownerReferences:
          - {apiVersion: cofferdam.dev/v1alpha1, kind: SandboxPolicy, name: anew, uid: %s, controller: true}
        handler: runc
        """
            .formatted(owner);
    // A handler can't be changed, so this deletes and creates; the operator may be faster in
    // between.
    Awaitility.await("the impostor is there before the operator")
        .atMost(TIMEOUT)
        .until(() -> cluster.kubectlWithInput(impostor, "replace", "--force", "-f", "-").ok());
    await("runtimeclass/anew", ".handler", "cofferdam-anew");
  }

  @Test
  void runtimeClass_ofAnotherOwner_isLeftAloneUntilItIsGone() {
    cluster.apply(
        """
        apiVersion: node.k8s.io/v1
        kind: RuntimeClass
        metadata: {name: taken}
        handler: somebody-elses
        """);
    try {
      cluster.apply(Policy.named("taken").yaml());
      await(
          "sandboxpolicy/taken",
          ".status.conditions[?(@.type==\"RuntimeClassReady\")].reason",
          "NameTaken");
      cluster.awaitEvent("taken", "NameTaken");
      assertEquals("somebody-elses", cluster.get("runtimeclass/taken", ".handler"));
      assertTrue(cluster.get("sandboxpolicy/taken", ".status.runtimeClassName").isEmpty());
      // Nor is it a wall to anybody.
      assertTrue(cluster.get("sandboxenforcement/require", ".spec.classes.taken").isEmpty());
    } finally {
      cluster.delete("runtimeclass/taken");
    }
    await("runtimeclass/taken", ".handler", "cofferdam-taken");
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
