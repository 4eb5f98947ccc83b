package dev.cofferdam.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cofferdam.lab.Command.Result;
import dev.cofferdam.lab.Lab;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** "In this namespace at least this strong", held by the API server itself. */
@EndToEnd
class EnforcementTest {
  private static final Duration TIMEOUT = Duration.ofSeconds(90);
  private static final int CREATIONS = 1000;

  /** Without these nothing could be mended. */
  private static final List<String> SPARED = List.of("kube-system", "cofferdam-system");

  private final Cluster cluster;
  private final Lab lab;

  EnforcementTest(Cluster cluster, Lab lab) {
    this.cluster = cluster;
    this.lab = lab;
  }

  @AfterEach
  void deleteNamespaces() {
    cluster.kubectl("delete", "sandboxpolicies", "--all", "--timeout=60s").orThrow();
    cluster.kubectl("delete", "namespaces", "-l", "held-to", "--wait=false").orThrow();
    cluster.kubectl("delete", "runtimeclass/plain-runc", "--ignore-not-found").orThrow();
  }

  @Test
  void require_refusesWeakerPodsAndNamesTheClassesThatWillDo() {
    held("must", "Require");
    plainRunc();
    awaitRefused("must", "");

    String message = create("must", "").err();
    assertTrue(message.contains("SandboxPolicy must asks for an application kernel"), message);
    assertTrue(message.contains("names no runtimeClassName"), message);
    assertTrue(message.contains("policies that may be named: must"), message);

    String weaker = create("must", "plain-runc").err();
    assertTrue(weaker.contains("runtimeClassName plain-runc is no wall"), weaker);

    create("must", "must").orThrow();
    // Other namespaces are nobody's business.
    create("default", "").orThrow();
  }

  @Test
  void require_locksOutNeitherKubeSystemNorItsOwnNamespaceNorStaticPods() throws IOException {
    Path manifest = lab.kubeletConfig().resolveSibling("static-pods").resolve("spared.yaml");
    held("spared", "Require");
    awaitRefused("spared", "");
    String label = "held-to=spared";
    try {
      for (String namespace : SPARED) {
        cluster.kubectl("label", "namespace", namespace, label).orThrow();
      }
      // Admission hears of a namespace's label a moment after it was set.
      Awaitility.await("nobody is refused")
          .during(Duration.ofSeconds(3))
          .atMost(TIMEOUT)
          .until(() -> SPARED.stream().allMatch(namespace -> create(namespace, "").ok()));

      // What begins with a brace kubelet takes for JSON.
      Files.writeString(manifest, "---\n" + pod("spared", "static", ""));
      Awaitility.await("the static pod in a namespace that refuses others of its kind")
          .atMost(TIMEOUT)
          .pollInterval(Duration.ofMillis(500))
          .until(
              () ->
                  cluster
                      .kubectl("get", "pod/static-" + lab.nodeName(), "-n", "spared", "-o", "name")
                      .ok());
      assertFalse(create("spared", "").ok());
    } finally {
      Files.deleteIfExists(manifest);
      for (String namespace : SPARED) {
        cluster.kubectl("label", "namespace", namespace, "held-to-").orThrow();
      }
    }
    Awaitility.await("the static pod's end")
        .atMost(TIMEOUT)
        .pollInterval(Duration.ofMillis(500))
        .until(() -> cluster.kubectl("get", "pods", "-n", "spared", "-o", "name").out().isEmpty());
  }

  /** Only who is a kubelet makes static pods: the annotation alone opens nothing. */
  @Test
  void require_podThatOnlyClaimsToBeStatic_isRefused() {
    held("claimed", "Require");
    awaitRefused("claimed", "");
    String claims =
        pod("claimed", "claims", "")
            .replace(
                "name: claims,", "name: claims, annotations: {kubernetes.io/config.mirror: x},")
            .replace("spec: {", "spec: {nodeName: " + lab.nodeName() + ", ");
    Result made = cluster.kubectlWithInput(claims, "create", "--dry-run=server", "-f", "-");
    assertTrue(made.err().contains("SandboxPolicy claimed asks for"), made.out() + made.err());
  }

  @Test
  void rulesThatSomebodyChangesOrDeletes_areThereAgain_andFollowPoliciesAsBefore() {
    held("mended", "Require");
    awaitRefused("mended", "");
    String rules = "sandboxenforcement/require";
    cluster.kubectl("patch", rules, "--type=merge", "-p", "{\"spec\": {\"rules\": []}}").orThrow();
    awaitRule("mended");
    cluster.delete(rules);
    awaitRule("mended");
    awaitRefused("mended", "");
    cluster.delete("sandboxpolicy/mended");
    Awaitility.await("nothing is asked any more")
        .atMost(TIMEOUT)
        .pollInterval(Duration.ofMillis(300))
        .until(() -> create("mended", "").ok());
  }

  private void awaitRule(String policy) {
    Awaitility.await("the rule of " + policy)
        .atMost(TIMEOUT)
        .pollInterval(Duration.ofMillis(300))
        .until(
            () ->
                cluster
                    .kubectl(
                        "get",
                        "sandboxenforcement/require",
                        "-o",
                        "jsonpath={.spec.rules[*].policy}")
                    .out()
                    .contains(policy));
  }

  @Test
  void require_holdsForPodsOfAJob_whichSaysWhyItHasNone() {
    held("jobs", "Require");
    awaitRefused("jobs", "");
    cluster.apply(
        """
        apiVersion: batch/v1
        kind: Job
        metadata: {name: unaware, namespace: jobs}
        spec:
          template:
            spec: {restartPolicy: Never, containers: [{name: main, image: busybox}]}
        """);
    Awaitility.await("the Job's event")
        .atMost(TIMEOUT)
        .pollInterval(Duration.ofMillis(500))
        .until(
            () -> cluster.kubectl("get", "events", "-n", "jobs").out(),
            events -> events.contains("SandboxPolicy jobs asks for an application kernel"));
    assertEquals("", cluster.kubectl("get", "pods", "-n", "jobs", "-o", "name").out());
    cluster.kubectl("delete", "job/unaware", "-n", "jobs").orThrow();
  }

  @Test
  void twoPoliciesOnOneNamespace_oneWinsAndTheOtherSaysSo() {
    namespace("shared");
    for (String name : List.of("first", "second")) {
      cluster.apply(
          new EnforcedPolicy(name, "Default", "")
              .yaml()
              .replace("held-to: " + name, "held-to: shared"));
    }
    awaitCondition("first", "Enforced", "Holds");
    awaitCondition("second", "Enforced", "StricterPolicyWins");
    Awaitility.await("the winner's class")
        .atMost(TIMEOUT)
        .pollInterval(Duration.ofMillis(300))
        .until(() -> create("shared", "", "yaml").out().contains("runtimeClassName: first"));
    cluster.delete("sandboxpolicy/first");
    awaitCondition("second", "Enforced", "Holds");
    Awaitility.await("the class of the one that is left")
        .atMost(TIMEOUT)
        .pollInterval(Duration.ofMillis(300))
        .until(() -> create("shared", "", "yaml").out().contains("runtimeClassName: second"));
  }

  @Test
  void require_classOfADevelopmentPolicy_neverSatisfiesIt() {
    held("hard", "Require");
    cluster.apply(
        """
        apiVersion: cofferdam.dev/v1alpha1
        kind: SandboxPolicy
        metadata: {name: toy}
        spec:
          isolation: Development
          backends: [{type: GVisor}]
        """);
    awaitCondition("toy", "RuntimeClassReady", "InPlace");
    awaitRefused("hard", "");
    assertFalse(create("hard", "toy").ok());
    create("hard", "hard").orThrow();
  }

  @Test
  void default_givesPodsOfADeploymentTheClass() {
    held("given", "Default");
    cluster.apply(
        """
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: unaware, namespace: given}
        spec:
          replicas: 1
          selector: {matchLabels: {app: unaware}}
          template:
            metadata: {labels: {app: unaware}}
            spec:
              terminationGracePeriodSeconds: 1
              containers: [{name: main, image: busybox, imagePullPolicy: IfNotPresent, args: [sleep, '100000']}]
        """);
    Awaitility.await("a pod of the Deployment with the class")
        .atMost(TIMEOUT)
        .pollInterval(Duration.ofMillis(500))
        .until(
            () ->
                cluster
                    .kubectl(
                        "get",
                        "pods",
                        "-n",
                        "given",
                        "-o",
                        "jsonpath={.items[*].spec.runtimeClassName}")
                    .out(),
            "given"::equals);
    cluster.kubectl("delete", "deployment/unaware", "-n", "given", "--wait").orThrow();
    cluster
        .kubectl("delete", "pods", "--all", "-n", "given", "--grace-period=1", "--timeout=60s")
        .orThrow();
  }

  @Test
  void audit_warnsAndLetsIn() {
    held("watched", "Audit");
    Awaitility.await("a warning")
        .atMost(TIMEOUT)
        .pollInterval(Duration.ofMillis(500))
        .until(
            () -> create("watched", ""),
            result -> result.ok() && result.err().contains("SandboxPolicy watched asks for"));
  }

  @Test
  void require_beginsWithTheFirstNodeAndHoldsWhenTheLastIsLost() {
    EnforcedPolicy policy = new EnforcedPolicy("later", "Require", "made-up");
    MadeUpNode node = new MadeUpNode("made-up-enforced", Map.of("pool", "made-up"));
    namespace("later");
    node.create(cluster);
    try {
      cluster.apply(policy.yaml());
      awaitCondition("later", "Enforced", "NoEligibleNode");
      create("later", "").orThrow();

      node.say(cluster, "", Map.of("later", policy.spec()));
      awaitCondition("later", "Enforced", "Holds");
      awaitRefused("later", "");

      // A thousand pods knock while the only node loses its proof.
      CompletableFuture<Result> knocking =
          CompletableFuture.supplyAsync(() -> createMany("later", CREATIONS));
      node.say(cluster, "runsc: no such file", Map.of("later", policy.spec()));
      awaitCondition("later", "NodesAvailable", "NoEligibleNode");
      Result knocked = knocking.join();
      assertEquals("", knocked.out());
      assertEquals(
          CREATIONS,
          knocked.err().lines().filter(line -> line.contains("asks for an application")).count());
      awaitCondition("later", "Enforced", "Holds");
      assertFalse(create("later", "").ok());
      create("later", "later").orThrow();
    } finally {
      node.delete(cluster);
    }
  }

  private void held(String name, String mode) {
    namespace(name);
    cluster.apply(new EnforcedPolicy(name, mode, "").yaml());
    awaitCondition(name, "Enforced", "Holds");
    awaitCondition(name, "RuntimeClassReady", "InPlace");
  }

  private void namespace(String name) {
    cluster.apply(
        "{apiVersion: v1, kind: Namespace, metadata: {name: %s, labels: {held-to: %s}}}"
            .formatted(name, name));
    Awaitility.await("the service account of namespace " + name)
        .atMost(TIMEOUT)
        .pollInterval(Duration.ofMillis(300))
        .until(() -> cluster.kubectl("get", "serviceaccount/default", "-n", name).ok());
  }

  private void plainRunc() {
    cluster.apply(
        "{apiVersion: node.k8s.io/v1, kind: RuntimeClass, metadata: {name: plain-runc}, handler: runc}");
  }

  private void awaitCondition(String policy, String type, String reason) {
    Awaitility.await(policy + ": " + type + " " + reason)
        .atMost(TIMEOUT)
        .pollInterval(Duration.ofMillis(300))
        .until(
            () ->
                cluster.get(
                    "sandboxpolicy/" + policy,
                    ".status.conditions[?(@.type==\"" + type + "\")].reason"),
            reason::equals);
  }

  // The API server hears of parameters a moment after they were written.
  private void awaitRefused(String namespace, String runtimeClass) {
    Awaitility.await("a pod refused in " + namespace)
        .atMost(TIMEOUT)
        .pollInterval(Duration.ofMillis(300))
        .until(
            () -> create(namespace, runtimeClass),
            result -> !result.ok() && result.err().contains("SandboxPolicy"));
  }

  private Result create(String namespace, String runtimeClass) {
    return create(namespace, runtimeClass, "name");
  }

  private Result create(String namespace, String runtimeClass, String output) {
    return cluster.kubectlWithInput(
        pod(namespace, "asked", runtimeClass),
        "create",
        "--dry-run=server",
        "-o",
        output,
        "-f",
        "-");
  }

  private Result createMany(String namespace, int count) {
    String pods =
        IntStream.range(0, count)
            .mapToObj(i -> pod(namespace, "knock-" + i, ""))
            .collect(Collectors.joining("\n---\n"));
    return cluster.kubectlWithInput(pods, "create", "--dry-run=server", "-o", "name", "-f", "-");
  }

  private static String pod(String namespace, String name, String runtimeClass) {
    return "{apiVersion: v1, kind: Pod, metadata: {name: %s, namespace: %s}, spec: {%s containers: [{name: main, image: busybox}]}}"
        .formatted(
            name,
            namespace,
            runtimeClass.isEmpty() ? "" : "runtimeClassName: " + runtimeClass + ",");
  }
}
