package dev.cofferdam.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cofferdam.lab.Lab;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/** A node that somebody sets up otherwise after its walls were proved. */
@EndToEnd
class DriftTest {
  /** What a kubelet may be silent for, looks at it, and what the operator does. */
  private static final Duration TOLD = Duration.ofMinutes(4);

  private static final String CLASS = "drifting";
  private static final String LABEL = "cofferdam.node-restriction.kubernetes.io/";

  private final Cluster cluster;
  private final Lab lab;

  DriftTest(Cluster cluster, Lab lab) {
    this.cluster = cluster;
    this.lab = lab;
  }

  @BeforeEach
  void proveTheNode() {
    cluster.applyPolicy(Policy.named(CLASS));
    awaitEligible();
  }

  @Test
  void containerdStartedWithAConfigThatServesNoPods_takesTheLabelAway_andPodsStay()
      throws IOException {
    cluster.runUntilReady(Pod.named("walled").runtimeClass(CLASS));
    Path file = lab.directories().etc("containerd").resolve("config.toml");
    String config = Files.readString(file);
    lab.containerd().stop();
    Files.writeString(
        file,
        config.replace(
            "version = 3", "version = 3\ndisabled_plugins = [\"io.containerd.grpc.v1.cri\"]"));
    try {
      lab.containerd().startUnawaited();
      awaitDrift("ContainerdAnswers", "Away", "containerd");
    } finally {
      lab.containerd().stop();
      Files.writeString(file, config);
      lab.containerd().start();
    }
    awaitEligible();
    Awaitility.await("kubelet reaches the pod again")
        .atMost(TOLD)
        .until(() -> cluster.exec("walled", "true").ok());
    assertEquals("0", cluster.get("pod/walled", ".status.containerStatuses[0].restartCount"));
  }

  /** Takes the two minutes that a kubelet may be silent for. */
  @Test
  @EnabledIfSystemProperty(named = "cofferdam.long", matches = "true")
  void kubeletThatIsToldOfAnotherSocket_takesTheLabelAway_untilItIsToldOfOursAgain()
      throws IOException {
    String config = Files.readString(lab.kubeletConfig());
    String other = config.replace("/run/cofferdam/cri.sock", "/run/containerd/containerd.sock");
    assertFalse(config.equals(other));
    restartKubelet(other);
    try {
      awaitDrift("KubeletUsesShim", "Elsewhere", "containerRuntimeEndpoint");
    } finally {
      restartKubelet(config);
    }
    awaitEligible();
  }

  private void restartKubelet(String config) throws IOException {
    Files.writeString(lab.kubeletConfig(), config);
    lab.shell().run(lab.serviceProgram().toString(), "restart-kubelet").orThrow();
  }

  /** The condition is False, the label gone, and the policy says why. */
  private void awaitDrift(String type, String reason, String part) {
    await(
        () ->
            assertEquals(
                "False " + reason,
                cluster.get(
                        "sandboxnode/" + lab.nodeName(),
                        ".status.conditions[?(@.type==\"" + type + "\")].status")
                    + " "
                    + cluster.get(
                        "sandboxnode/" + lab.nodeName(),
                        ".status.conditions[?(@.type==\"" + type + "\")].reason")));
    await(() -> assertFalse(labelled()));
    await(() -> assertEquals("NoEligibleNode", available("reason")));
    String message = available("message");
    assertTrue(message.contains(part), message);
    cluster.awaitEvent(lab.nodeName(), "Not" + type);
  }

  private void awaitEligible() {
    await(() -> assertTrue(labelled()));
    await(() -> assertEquals("True", available("status")));
  }

  private boolean labelled() {
    return cluster.get("node/" + lab.nodeName(), ".metadata.labels").contains(LABEL);
  }

  private String available(String field) {
    return cluster.get(
        "sandboxpolicy/" + CLASS, ".status.conditions[?(@.type==\"NodesAvailable\")]." + field);
  }

  private static void await(Runnable holds) {
    Awaitility.await().atMost(TOLD).pollInterval(Duration.ofMillis(500)).untilAsserted(holds::run);
  }
}
