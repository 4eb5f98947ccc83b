package dev.cofferdam.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cofferdam.lab.Lab;
import java.nio.file.Path;
import java.time.Duration;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Of two operators one leads, and when it dies the other does. */
@Tag("e2e")
@ExtendWith(OperatorLab.class)
class OperatorElectionTest {
  private static final Duration TIMEOUT = Duration.ofSeconds(90);

  private final Lab lab;
  private final Cluster cluster;

  OperatorElectionTest(Lab lab, Cluster cluster) {
    this.lab = lab;
    this.cluster = cluster;
  }

  @AfterEach
  void clear() {
    cluster.kubectl("delete", "sandboxpolicies", "--all", "--timeout=60s").orThrow();
  }

  @Test
  void leaderKilled_theOtherTakesOver_andNobodyElseWrote() throws Exception {
    Path kubeconfig = OperatorProcess.prepare(cluster, lab);
    cluster
        .kubectl(
            "delete", "lease/cofferdam-operator", "-n", "cofferdam-system", "--ignore-not-found")
        .orThrow();
    OperatorProcess left = OperatorProcess.start(lab, kubeconfig, "operator-left", 18081);
    OperatorProcess right = OperatorProcess.start(lab, kubeconfig, "operator-right", 18082);
    try {
      cluster.applyPolicy(Policy.named("before"));
      boolean leftLeads = leader().equals(left.identity());
      OperatorProcess leads = leftLeads ? left : right;
      OperatorProcess waits = leftLeads ? right : left;
      Awaitility.await(waits.identity() + " serves")
          .atMost(TIMEOUT)
          .until(() -> waits.metrics(lab).contains("jvm_"));
      assertTrue(hasWritten(leads));
      assertFalse(hasWritten(waits));

      leads.kill();
      assertEquals(OperatorProcess.KILLED, leads.exitCode());
      cluster.applyPolicy(Policy.named("after"));
      assertEquals(waits.identity(), leader());
      assertTrue(hasWritten(waits));
      assertTrue(cluster.exists("runtimeclass/before"));
    } finally {
      left.kill();
      right.kill();
    }
  }

  private boolean hasWritten(OperatorProcess operator) {
    return operator
        .metrics(lab)
        .lines()
        .anyMatch(line -> line.startsWith("cofferdam_api_writes_total{"));
  }

  private String leader() {
    return cluster
        .kubectl(
            "get",
            "lease/cofferdam-operator",
            "-n",
            "cofferdam-system",
            "-o",
            "jsonpath={.spec.holderIdentity}")
        .orThrow()
        .out();
  }
}
