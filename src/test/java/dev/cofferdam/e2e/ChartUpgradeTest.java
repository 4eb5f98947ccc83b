package dev.cofferdam.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.cofferdam.lab.Command.Result;
import dev.cofferdam.lab.Lab;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** From the chart of the version before to this one, with a policy there. */
@Tag("e2e")
@ExtendWith(OperatorLab.class)
class ChartUpgradeTest {
  private static final String NAMESPACE = "cofferdam-system";
  private static final Path CHART = SharedLab.REPOSITORY.resolve("deploy/helm/cofferdam");

  private final Lab lab;
  private final Cluster cluster;

  ChartUpgradeTest(Lab lab, Cluster cluster) {
    this.lab = lab;
    this.cluster = cluster;
  }

  @Test
  void upgrade_bringsNewCrdsAndFields_andKeepsPolicies_alsoOverAnUninstall() throws IOException {
    Path previous = previousChart();
    assumeTrue(Files.isDirectory(previous), "the clone's history is too short to have it");
    helm("uninstall", "cofferdam").orThrow();
    for (String plural : List.of("sandboxpolicies", "sandboxnodes", "sandboxenforcements")) {
      cluster.delete("crd/" + plural + ".cofferdam.dev");
    }

    helm("install", "cofferdam", previous.toString()).orThrow();
    awaitServed("sandboxpolicies");
    assertFalse(cluster.exists("crd/sandboxnodes.cofferdam.dev"), "the test shows nothing");
    cluster.apply(Policy.named("kept").yaml());
    String uid = cluster.get("sandboxpolicy/kept", ".metadata.uid");
    assertFalse(cluster.tryApply(new EnforcedPolicy("later", "Require", "").yaml()).ok());

    // That version's chart left its CRD to Helm's folder for CRDs, which makes it nobody's.
    helm("upgrade", "cofferdam", CHART.toString(), "--take-ownership").orThrow();
    for (String plural : List.of("sandboxpolicies", "sandboxnodes", "sandboxenforcements")) {
      awaitServed(plural);
    }
    assertEquals(uid, cluster.get("sandboxpolicy/kept", ".metadata.uid"));
    cluster.apply(new EnforcedPolicy("later", "Require", "").yaml());
    // The API server publishes a new schema a while after it serves it.
    Awaitility.await("kubectl explain to know the new field")
        .atMost(Duration.ofMinutes(1))
        .until(
            () ->
                cluster
                    .kubectl("explain", "sandboxpolicy.spec.enforcement")
                    .out()
                    .contains("DESCRIPTION"));

    helm("uninstall", "cofferdam").orThrow();
    assertEquals(uid, cluster.get("sandboxpolicy/kept", ".metadata.uid"));
    helm("install", "cofferdam", CHART.toString()).orThrow();
    assertEquals(uid, cluster.get("sandboxpolicy/kept", ".metadata.uid"));
  }

  /** With the operator of this tree, and a token for the node, whose account was taken away. */
  @AfterEach
  void bringThisChartBack() {
    cluster.kubectl("delete", "sandboxpolicies", "--all", "--timeout=60s").orThrow();
    lab.up();
  }

  private void awaitServed(String plural) {
    cluster
        .kubectl(
            "wait",
            "--for=condition=Established",
            "crd/" + plural + ".cofferdam.dev",
            "--timeout=60s")
        .orThrow();
  }

  /** Where {@code dev/lib/build-previous} puts it. */
  private Path previousChart() throws IOException {
    Properties versions = new Properties();
    try (InputStream in = Lab.class.getResourceAsStream("programs.properties")) {
      versions.load(in);
    }
    return lab.directories().cache().resolve("chart-" + versions.getProperty("previous-shim"));
  }

  private Result helm(String act, String... arguments) {
    List<String> command = new ArrayList<>(List.of("helm", act));
    command.addAll(List.of(arguments));
    command.addAll(List.of("--namespace", NAMESPACE));
    return lab.shell().run(Duration.ofMinutes(2), "", command);
  }
}
