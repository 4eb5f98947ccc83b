package dev.cofferdam.e2e;

import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.cofferdam.lab.Lab;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** An API server that serves no MutatingAdmissionPolicy, as those before 1.36 do unless told. */
@Tag("e2e")
@ExtendWith(OperatorLab.class)
class NotServedTest {
  private static final Duration TIMEOUT = Duration.ofMinutes(2);
  private static final String NAME = "unserved";
  private static final int PORT = 18080;
  private static final String NOT_SERVED =
      "False/NotServed/no pod is given a class: this API server";

  private final Lab lab;
  private final Cluster cluster;
  private final MadeUpNode node = new MadeUpNode("unserved-node", Map.of("pool", "unserved"));

  NotServedTest(Lab lab, Cluster cluster) {
    this.lab = lab;
    this.cluster = cluster;
  }

  @AfterEach
  void clear() {
    lab.restartApiServer();
    cluster.kubectl("delete", "sandboxpolicies", "--all", "--timeout=60s").orThrow();
    node.delete(cluster);
  }

  @Test
  void defaultMode_whereNobodySetsAClass_saysSoUntilTheApiServerDoes() throws IOException {
    Path kubeconfig = OperatorProcess.prepare(cluster, lab);
    lab.restartApiServer(
        "--feature-gates=MutatingAdmissionPolicy=false",
        "--runtime-config=admissionregistration.k8s.io/v1/mutatingadmissionpolicies=false"
            + ",admissionregistration.k8s.io/v1/mutatingadmissionpolicybindings=false");
    assertFalse(cluster.kubectl("get", "mutatingadmissionpolicies").ok());
    EnforcedPolicy policy = new EnforcedPolicy(NAME, "Default", "unserved");
    node.create(cluster);
    node.say(cluster, "", Map.of(NAME, policy.spec()));

    cluster.apply(policy.yaml());

    assertSaid(kubeconfig, "unserved", NOT_SERVED);
    lab.restartApiServer();
    assertSaid(kubeconfig, "served", "True/Holds/");
    // As if the release were of the time before, without the policy that gives pods a class.
    assertSaid(kubeconfig, "not-upgraded", NOT_SERVED, "COFFERDAM_GIVES_CLASSES=false");
  }

  /** What an operator comes to say; the one before had said something else. */
  private void assertSaid(Path kubeconfig, String operator, String said, String... settings)
      throws IOException {
    OperatorProcess process =
        OperatorProcess.start(lab, kubeconfig, "operator-" + operator, PORT, settings);
    try {
      await(said);
    } finally {
      process.kill();
    }
  }

  /** Waits for status, reason and message of the condition Enforced to begin so. */
  private void await(String beginning) {
    String enforced =
        "{range .status.conditions[?(@.type==\"Enforced\")]}{.status}/{.reason}/{.message}{end}";
    Awaitility.await(beginning)
        .atMost(TIMEOUT)
        .pollInterval(Duration.ofMillis(300))
        .until(
            () ->
                cluster.kubectl("get", "sandboxpolicy/" + NAME, "-o", "jsonpath=" + enforced).out(),
            said -> said.startsWith(beginning));
  }
}
