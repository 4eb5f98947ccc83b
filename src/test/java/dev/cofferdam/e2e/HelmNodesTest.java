package dev.cofferdam.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cofferdam.lab.Command.Result;
import dev.cofferdam.lab.Lab;
import dev.cofferdam.lab.Progress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/**
 * The chart on a cluster that knows nothing of Cofferdam: its DaemonSet installs the node, takes a
 * broken payload back, and is not there to be missed when the chart goes. Runs with {@code dev/test
 * --long e2e}.
 */
@Tag("e2e")
@EnabledIfSystemProperty(named = "cofferdam.long", matches = "true")
class HelmNodesTest {
  private static final Duration TIMEOUT = Duration.ofMinutes(10);
  private static final String CONDITION = ".status.conditions[?(@.type==\"CofferdamInstalled\")]";

  private static final Lab LAB = new Lab(OwnLab.bare("helm"), new Progress(System.err));

  private final Cluster cluster = new Cluster(LAB);
  private final CountingPods pods = new CountingPods(cluster, Duration.ofMinutes(1));
  private final Chart chart = new Chart(LAB, 4, Duration.ofMinutes(8));

  @BeforeAll
  static void up() {
    LAB.down();
    LAB.up();
  }

  @AfterAll
  static void down() {
    LAB.down();
  }

  @Test
  void install_brokenUpgrade_rollback_uninstall_leaveTheNodeAsItWas() throws IOException {
    String operator = chart.pushOperator();
    String good = chart.pushPayload();
    pushBroken();
    cluster.runUntilReady(CountingPods.named("plain"));
    List<String> before = NodeFiles.of(LAB);

    install("install", operator, good, "--create-namespace", "--wait").orThrow();
    assertEquals("True", condition(".status"));
    assertTrue(Files.readString(LAB.kubeletConfig()).contains("/run/cofferdam/cri.sock"));
    pods.createClass();
    pods.runWalled();
    // The shim's own token is good: it was bound to a pod first, and is bound to the Node now.
    Awaitility.await("the node's checks are told")
        .atMost(Duration.ofMinutes(3))
        .until(() -> cluster.exists("sandboxnode/" + LAB.nodeName()));
    chart.helm("test").orThrow();
    assertTurnsAreAllThatTheOperatorMayChange();

    install("upgrade", operator, "broken").orThrow();
    Awaitility.await("the broken payload is reported")
        .atMost(TIMEOUT)
        .until(() -> condition(".reason").equals("InstallFailed"));
    String described = cluster.kubectl("describe", "node", LAB.nodeName()).orThrow().out();
    assertTrue(described.contains("The node is as it was before"), described);
    assertTrue(described.contains("CofferdamInstallFailed"), described);
    pods.assertAlive("plain", "walled");

    chart.helm("rollback", "1", "--wait").orThrow();
    assertEquals("True", condition(".status"));
    pods.assertAlive("plain", "walled");

    Result refused = chart.helm("uninstall");
    assertFalse(refused.ok());
    assertTrue(removalLog().contains("default/walled"), removalLog());
    pods.assertAlive("plain", "walled");

    // It needs no operator.
    cluster
        .kubectl("-n", Chart.NAMESPACE, "scale", "deployment/cofferdam-operator", "--replicas=0")
        .orThrow();
    cluster.delete("pod/walled");
    NodeFiles.awaitNoSandbox(LAB, "walled");
    chart.helm("uninstall").orThrow();
    assertEquals("", condition(".status"));
    pods.assertAlive("plain");
    assertEquals(before, NodeFiles.of(LAB));
  }

  /** The pod is root on its node: with another image, whoever gives it that would be, too. */
  private void assertTurnsAreAllThatTheOperatorMayChange() {
    String pod =
        cluster
            .kubectl(
                "-n",
                Chart.NAMESPACE,
                "get",
                "pod",
                "-o",
                "name",
                "-l",
                "app.kubernetes.io/component=node")
            .orThrow()
            .out()
            .strip();
    Result refused =
        cluster.kubectl(
            "-n",
            Chart.NAMESPACE,
            "patch",
            pod,
            "--as=system:serviceaccount:" + Chart.NAMESPACE + ":cofferdam-operator",
            "-p",
            "{\"spec\": {\"containers\": [{\"name\": \"agent\", \"image\": \"docker.io/library/nginx\"}]}}");
    assertFalse(refused.ok());
    assertTrue(refused.err().contains("only a pod's turn may be changed"), refused.err());
  }

  private String condition(String field) {
    return cluster.get("node/" + LAB.nodeName(), CONDITION + field);
  }

  private String removalLog() {
    return cluster.kubectl("-n", Chart.NAMESPACE, "logs", "job/cofferdam-removal").out();
  }

  private Result install(String verb, String operator, String payload, String... more) {
    List<String> options = new ArrayList<>(List.of(more));
    options.addAll(
        List.of(
            "--set", "node.install.arguments={--service-program," + LAB.serviceProgram() + "}"));
    return chart.bring(verb, operator, payload, options.toArray(String[]::new));
  }

  /** A payload whole by its manifest, whose runsc does nothing. */
  private void pushBroken() throws IOException {
    Path root = LAB.directories().root();
    LabPayload broken =
        LabPayload.built()
            .named("broken", root.resolve("broken"))
            .with("bin/runsc", "#!/bin/sh\nexit 3\n");
    Path layout = root.resolve("broken-image");
    LAB.shell()
        .run(
            "cp",
            "-a",
            SharedLab.REPOSITORY.resolve("cri-shim/target/payload-image") + "",
            layout + "")
        .orThrow();
    for (String file : List.of("bin/runsc", "VERSION", "MANIFEST")) {
      LAB.shell()
          .run(
              TIMEOUT,
              "",
              List.of(
                  "umoci",
                  "insert",
                  "--image",
                  layout + ":payload",
                  broken.folder().resolve(file).toString(),
                  "/payload/" + file))
          .orThrow();
    }
    chart.push(Path.of(layout + ":payload"), "node", "broken");
  }
}
