package dev.cofferdam.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cofferdam.lab.Command.Result;
import dev.cofferdam.lab.Lab;
import dev.cofferdam.lab.LabOptions;
import dev.cofferdam.lab.LabOptions.NodeRuntime;
import dev.cofferdam.lab.Progress;
import dev.cofferdam.lab.Registry;
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
  private static final String NAMESPACE = "cofferdam-system";
  private static final String CONDITION = ".status.conditions[?(@.type==\"CofferdamInstalled\")]";

  private static final Lab LAB =
      new Lab(
          new LabOptions(
              System.getenv().getOrDefault("COFFERDAM_LAB", "test") + "helm",
              SharedLab.REPOSITORY,
              NodeRuntime.CONTAINERD,
              true),
          new Progress(System.err));

  private final Cluster cluster = new Cluster(LAB);

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
    String operator =
        push("operator/target/image:operator", "operator", "operator/target/image.tag");
    String good =
        push("cri-shim/target/payload-image:payload", "node", "cri-shim/target/payload-image.tag");
    pushBroken();
    cluster.runUntilReady(Pod.named("plain"));
    List<String> before = NodeFiles.of(LAB);

    helm("install", operator, good, "--create-namespace", "--wait").orThrow();
    assertEquals("True", condition(".status"));
    assertTrue(Files.readString(LAB.kubeletConfig()).contains("/run/cofferdam/cri.sock"));
    cluster.apply(
        """
        apiVersion: node.k8s.io/v1
        kind: RuntimeClass
        metadata: {name: walled}
        handler: gvisor
        """);
    cluster.runUntilReady(Pod.named("walled").runtimeClass("walled"));
    assertTrue(cluster.exec("walled", "dmesg").orThrow().out().contains("gVisor"));
    // The shim's own token is good: it was bound to a pod first, and is bound to the Node now.
    Awaitility.await("the node's checks are told")
        .atMost(Duration.ofMinutes(3))
        .until(() -> cluster.exists("sandboxnode/" + LAB.nodeName()));
    helm("test").orThrow();
    assertTurnsAreAllThatTheOperatorMayChange();

    helm("upgrade", operator, "broken").orThrow();
    Awaitility.await("the broken payload is reported")
        .atMost(TIMEOUT)
        .until(() -> condition(".reason").equals("InstallFailed"));
    String described = cluster.kubectl("describe", "node", LAB.nodeName()).orThrow().out();
    assertTrue(described.contains("The node is as it was before"), described);
    assertTrue(described.contains("CofferdamInstallFailed"), described);
    assertAlive();

    helm("rollback").orThrow();
    assertEquals("True", condition(".status"));
    assertAlive();

    Result refused = helm("uninstall");
    assertFalse(refused.ok());
    assertTrue(removalLog().contains("default/walled"), removalLog());
    assertAlive();

    // It needs no operator.
    cluster
        .kubectl("-n", NAMESPACE, "scale", "deployment/cofferdam-operator", "--replicas=0")
        .orThrow();
    cluster.delete("pod/walled");
    NodeFiles.awaitNoSandbox(LAB, "walled");
    helm("uninstall").orThrow();
    assertEquals("", condition(".status"));
    assertEquals("0", cluster.get("pod/plain", ".status.containerStatuses[0].restartCount"));
    cluster.exec("plain", "true").orThrow();
    assertEquals(before, NodeFiles.of(LAB));
  }

  /** The pod is root on its node: with another image, whoever gives it that would be, too. */
  private void assertTurnsAreAllThatTheOperatorMayChange() {
    String pod =
        cluster
            .kubectl(
                "-n",
                NAMESPACE,
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
            NAMESPACE,
            "patch",
            pod,
            "--as=system:serviceaccount:" + NAMESPACE + ":cofferdam-operator",
            "-p",
            "{\"spec\": {\"containers\": [{\"name\": \"agent\", \"image\": \"docker.io/library/nginx\"}]}}");
    assertFalse(refused.ok());
    assertTrue(refused.err().contains("only a pod's turn may be changed"), refused.err());
  }

  private void assertAlive() {
    for (String pod : List.of("plain", "walled")) {
      assertEquals("0", cluster.get("pod/" + pod, ".status.containerStatuses[0].restartCount"));
      cluster.exec(pod, "true").orThrow();
    }
  }

  private String condition(String field) {
    return cluster.get("node/" + LAB.nodeName(), CONDITION + field);
  }

  private String removalLog() {
    return cluster.kubectl("-n", NAMESPACE, "logs", "job/cofferdam-removal").out();
  }

  private static Result helm(String verb, String operator, String payload, String... options) {
    List<String> command =
        new ArrayList<>(
            List.of("helm", verb, "cofferdam", SharedLab.REPOSITORY + "/deploy/helm/cofferdam"));
    command.addAll(List.of("--namespace", NAMESPACE, "--timeout", "8m"));
    command.addAll(List.of("--set", "operator.image.repository=docker.io/cofferdam/operator"));
    command.addAll(List.of("--set", "operator.image.tag=" + operator));
    command.addAll(List.of("--set", "node.install.image.repository=docker.io/cofferdam/node"));
    command.addAll(List.of("--set", "node.install.image.tag=" + payload));
    command.addAll(List.of("--set", "node.install.enabled=true"));
    command.addAll(List.of("--set", "node.install.patience=4"));
    command.addAll(
        List.of(
            "--set", "node.install.arguments={--service-program," + LAB.serviceProgram() + "}"));
    command.addAll(List.of(options));
    return run(command);
  }

  private static Result helm(String verb) {
    List<String> command = new ArrayList<>(List.of("helm", verb, "cofferdam"));
    command.addAll(List.of("--namespace", NAMESPACE, "--timeout", "8m"));
    if (verb.equals("rollback")) {
      command.addAll(List.of("1", "--wait"));
    }
    return run(command);
  }

  private static Result run(List<String> command) {
    Result result = LAB.shell().run(TIMEOUT, "", command);
    System.err.println(String.join(" ", command.subList(0, 3)) + ": " + result.exitCode());
    System.err.println(result.out() + result.err());
    return result;
  }

  private static String push(String layout, String image, String tagFile) throws IOException {
    String tag = Files.readString(SharedLab.REPOSITORY.resolve(tagFile)).strip();
    push(SharedLab.REPOSITORY.resolve(layout), image, tag);
    return tag;
  }

  private static void push(Path layout, String image, String tag) {
    LAB.shell()
        .run(
            TIMEOUT,
            "",
            List.of(
                "skopeo",
                "copy",
                "-q",
                "--dest-tls-verify=false",
                "oci:" + layout,
                "docker://%s/cofferdam/%s:%s".formatted(Registry.ADDRESS, image, tag)))
        .orThrow();
  }

  /** A payload whole by its manifest, whose runsc does nothing. */
  private static void pushBroken() throws IOException {
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
    push(Path.of(layout + ":payload"), "node", "broken");
  }
}
