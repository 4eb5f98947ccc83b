package dev.cofferdam.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cofferdam.lab.Command.Result;
import java.time.Duration;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * Pods of agent-sandbox's {@code Sandbox}. Its controller can't be had as a Go module; what it does
 * is done here by hand: a pod of the Sandbox's name, out of its template, owned and controlled by
 * it. The CRD is as much of the real one as that takes.
 */
@EndToEnd
class AgentSandboxTest {
  private static final Duration TIMEOUT = Duration.ofSeconds(90);
  private static final String NAMESPACE = "agents";

  private final Cluster cluster;

  AgentSandboxTest(Cluster cluster) {
    this.cluster = cluster;
  }

  @BeforeAll
  static void defineSandboxes(Cluster cluster) {
    cluster.apply(
        """
        apiVersion: apiextensions.k8s.io/v1
        kind: CustomResourceDefinition
        metadata: {name: sandboxes.agents.x-k8s.io, annotations: {api-approved.kubernetes.io: unapproved}}
        spec:
          group: agents.x-k8s.io
          scope: Namespaced
          names: {kind: Sandbox, plural: sandboxes, singular: sandbox}
          versions:
          - name: v1alpha1
            served: true
            storage: true
            schema:
              openAPIV3Schema:
                type: object
                properties:
                  spec: {type: object, properties: {podTemplate: {type: object, x-kubernetes-preserve-unknown-fields: true}}}
        ---
        {apiVersion: v1, kind: Namespace, metadata: {name: agents, labels: {held-to: agents}}}
        """);
    cluster
        .kubectl(
            "wait", "--for=condition=Established", "crd/sandboxes.agents.x-k8s.io", "--timeout=60s")
        .orThrow();
    Awaitility.await("the service account of the namespace")
        .atMost(TIMEOUT)
        .until(() -> cluster.kubectl("get", "serviceaccount/default", "-n", NAMESPACE).ok());
  }

  @AfterAll
  static void forgetSandboxes(Cluster cluster) {
    cluster.delete("crd/sandboxes.agents.x-k8s.io");
    cluster.delete("namespace/" + NAMESPACE);
  }

  @Test
  void defaultAndRequire_holdForPodsOfASandbox() {
    cluster.apply(new EnforcedPolicy(NAMESPACE, "Default", "").yaml());
    awaitEnforced();
    String uid = sandbox("coder");
    Awaitility.await("the class of the Sandbox's pod")
        .atMost(TIMEOUT)
        .pollInterval(Duration.ofMillis(300))
        .until(
            () -> makePod("coder", uid, "", "--dry-run=server", "-o", "yaml").out(),
            pod -> pod.contains("runtimeClassName: agents"));
    makePod("coder", uid, "").orThrow();
    cluster
        .kubectl("wait", "--for=condition=Ready", "pod/coder", "-n", NAMESPACE, "--timeout=90s")
        .orThrow();
    Result kernel = cluster.kubectl("exec", "coder", "-n", NAMESPACE, "--", "dmesg");
    assertTrue(kernel.out().contains("gVisor"), kernel.out() + kernel.err());

    cluster.apply(new EnforcedPolicy(NAMESPACE, "Require", "").yaml());
    awaitEnforced();
    Awaitility.await("a weaker pod of a Sandbox refused")
        .atMost(TIMEOUT)
        .pollInterval(Duration.ofMillis(300))
        .until(() -> !makePod("weaker", uid, "", "--dry-run=server").ok());
    Result refused = makePod("weaker", uid, "", "--dry-run=server");
    assertTrue(refused.err().contains("SandboxPolicy agents asks for"), refused.err());
    makePod("walled", uid, "agents", "--dry-run=server").orThrow();

    // And the pod goes with its Sandbox, as with any owner.
    cluster.kubectl("delete", "sandbox/coder", "-n", NAMESPACE, "--timeout=60s").orThrow();
    Awaitility.await("the pod's end")
        .atMost(TIMEOUT)
        .pollInterval(Duration.ofMillis(500))
        .until(() -> !cluster.kubectl("get", "pod/coder", "-n", NAMESPACE).ok());
  }

  private String sandbox(String name) {
    cluster.apply(
        """
        apiVersion: agents.x-k8s.io/v1alpha1
        kind: Sandbox
        metadata: {name: %s, namespace: %s}
        spec: {podTemplate: {spec: {containers: [{name: main, image: busybox}]}}}
        """
            .formatted(name, NAMESPACE));
    Result uid =
        cluster.kubectl(
            "get", "sandbox/" + name, "-n", NAMESPACE, "-o", "jsonpath={.metadata.uid}");
    assertFalse(uid.orThrow().out().isEmpty());
    return uid.out();
  }

  private Result makePod(String name, String owner, String runtimeClass, String... options) {
    String pod =
        """
        apiVersion: v1
        kind: Pod
        metadata:
          name: %s
          namespace: %s
          ownerReferences:
          - {apiVersion: agents.x-k8s.io/v1alpha1, kind: Sandbox, name: coder, uid: %s, controller: true, blockOwnerDeletion: true}
        spec:
          %s
          terminationGracePeriodSeconds: 1
          containers:
          - name: main
            image: busybox
            imagePullPolicy: IfNotPresent
            args: [sleep, '100000']
            securityContext: {capabilities: {add: [SYSLOG]}}
        """
            .formatted(
                name,
                NAMESPACE,
                owner,
                runtimeClass.isEmpty() ? "" : "runtimeClassName: " + runtimeClass);
    String[] command = new String[options.length + 3];
    command[0] = "create";
    command[1] = "-f";
    command[2] = "-";
    System.arraycopy(options, 0, command, 3, options.length);
    return cluster.kubectlWithInput(pod, command);
  }

  private void awaitEnforced() {
    Awaitility.await("the policy holds")
        .atMost(TIMEOUT)
        .pollInterval(Duration.ofMillis(300))
        .untilAsserted(
            () ->
                assertEquals(
                    "Holds",
                    cluster.get(
                        "sandboxpolicy/" + NAMESPACE,
                        ".status.conditions[?(@.type==\"Enforced\")].reason")));
  }
}
