package dev.cofferdam.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cofferdam.lab.Command.Result;
import dev.cofferdam.lab.Lab;
import dev.cofferdam.lab.LabOptions;
import dev.cofferdam.lab.LabOptions.NodeRuntime;
import dev.cofferdam.lab.Progress;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/**
 * A policy of level Development whose pods are microVMs under emulation, in a lab of its own:
 * {@code dev/test --long e2e}. That hardware is not there, and that emulation is refused above that
 * level, other tests show.
 */
@Tag("e2e")
@EnabledIfSystemProperty(named = "cofferdam.long", matches = "true")
class MicroVmPodTest {
  /**
   * kubelet writes volumes anew about once a minute, and a token when a fifth of its time is left.
   */
  private static final Duration VOLUMES = Duration.ofMinutes(4);

  private static final Duration TOKEN = Duration.ofMinutes(12);

  private static final Lab LAB =
      new Lab(
          new LabOptions(
                  System.getenv().getOrDefault("COFFERDAM_LAB", "test") + "vm",
                  SharedLab.REPOSITORY,
                  NodeRuntime.SHIM,
                  true)
              .withMicroVm(),
          new Progress(System.err));

  private final Cluster cluster = new Cluster(LAB);

  @BeforeAll
  static void up() throws IOException {
    LAB.down();
    LAB.up();
    LAB.metricsServer().start();
    Cluster cluster = new Cluster(LAB);
    cluster.apply(
        """
        apiVersion: cofferdam.dev/v1alpha1
        kind: SandboxPolicy
        metadata: {name: emulated}
        spec:
          isolation: Development
          backends: [{type: MicroVM, microVM: {acceleration: Emulated}}]
        """);
    cluster
        .kubectl(
            "wait", "--for=condition=NodesAvailable", "sandboxpolicy/emulated", "--timeout=110s")
        .orThrow();
    cluster.apply(
        """
        apiVersion: v1
        kind: ConfigMap
        metadata: {name: words}
        data: {word: before}
        ---
        apiVersion: v1
        kind: Pod
        metadata: {name: web}
        spec:
          runtimeClassName: emulated
          terminationGracePeriodSeconds: 1
          containers:
          - name: main
            image: nginx
            imagePullPolicy: IfNotPresent
            volumeMounts:
            - {name: words, mountPath: /words}
            - {name: token, mountPath: /token}
          volumes:
          - name: words
            configMap: {name: words}
          - name: token
            projected:
              sources: [{serviceAccountToken: {path: token, expirationSeconds: 600}}]
        """);
    cluster.kubectl("wait", "--for=condition=Ready", "pod/web", "--timeout=115s").orThrow();
  }

  @AfterAll
  static void down() {
    LAB.down();
  }

  private String inside(String... command) {
    return cluster.exec("web", command).orThrow().out().strip();
  }

  @Test
  void pod_servesOnAKernelOfItsOwn() {
    assertTrue(cluster.fetch("web").contains("Welcome to nginx"));
    assertNotEquals(LAB.shell().run("uname", "-r").orThrow().out().strip(), inside("uname", "-r"));
    assertTrue(cluster.logs("web").contains("GET / HTTP/1.1"), () -> cluster.logs("web"));
    assertEquals(7, cluster.exec("web", "sh", "-c", "exit 7").exitCode());
  }

  @Test
  void portForward_reachesTheGuest() {
    String script =
        """
        coproc kubectl port-forward pod/web 18084:80
        read -r -t 60 line <&"${COPROC[0]}" && curl -fsS http://127.0.0.1:18084/
        rc=$?
        kill "$COPROC_PID"
        exit $rc
        """;
    assertTrue(
        LAB.shell()
            .run(Duration.ofMinutes(2), "", List.of("bash", "-c", script))
            .orThrow()
            .out()
            .contains("Welcome to nginx"));
  }

  @Test
  void kubeletsStatistics_nameThePod() {
    String path = "/api/v1/nodes/" + LAB.nodeName() + "/proxy/stats/summary";
    Awaitility.await()
        .atMost(VOLUMES)
        .pollInterval(Duration.ofSeconds(2))
        .until(
            () -> cluster.kubectl("get", "--raw", path).orThrow().out(),
            summary -> summary.contains("\"name\": \"web\""));
  }

  @Test
  void kubectlTop_tellsWhatTheContainerTakes() {
    Awaitility.await("kubectl top")
        .atMost(VOLUMES)
        .pollInterval(Duration.ofSeconds(2))
        .until(
            () -> cluster.kubectl("top", "pod", "web", "--containers").out(),
            table -> table.matches("(?s).*\\bweb +main +\\d+m +[1-9]\\d*Mi.*"));
  }

  /** Where KVM works, the node is eligible: the probe, and not this test, says which. */
  @Test
  void policyForHardware_servesOnlyWhereTheProbeBooted() {
    cluster.apply(policy("hardware", "Hardware"));
    String proved =
        cluster.get(
            "sandboxnode/" + LAB.nodeName(), ".status.backends[?(@.variant==\"qemu\")].works");
    String expected = proved.equals("true") ? "1/1" : "0/1";
    Awaitility.await()
        .atMost(VOLUMES)
        .until(
            () -> cluster.get("sandboxpolicy/hardware", ".status.summary.nodes"), expected::equals);
    if (!proved.equals("true")) {
      String why =
          cluster.get(
              "sandboxpolicy/hardware",
              ".status.conditions[?(@.type==\"NodesAvailable\")].message");
      assertTrue(why.contains("MicroVM (microvm/firecracker: "), why);
      assertTrue(why.contains("microvm/qemu: "), why);
    }
  }

  @Test
  void emulationBehindTheLevelOfHardware_isRefusedAtOnce() {
    Result refused = cluster.tryApply(policy("pretended", "Emulated"));
    assertFalse(refused.ok());
    assertTrue(refused.err().contains("emulation isolates nobody"), refused.err());
  }

  private static String policy(String name, String acceleration) {
    return """
        apiVersion: cofferdam.dev/v1alpha1
        kind: SandboxPolicy
        metadata: {name: %s}
        spec:
          isolation: VirtualMachine
          backends: [{type: MicroVM, microVM: {acceleration: %s}}]
        """
        .formatted(name, acceleration);
  }

  @Test
  void configMap_edited_showsInTheGuest() {
    assertEquals("before", inside("cat", "/words/word"));
    cluster
        .kubectl("patch", "configmap", "words", "-p", "{\"data\": {\"word\": \"after\"}}")
        .orThrow();
    Awaitility.await()
        .atMost(VOLUMES)
        .pollInterval(Duration.ofSeconds(2))
        .until(() -> inside("cat", "/words/word"), "after"::equals);
  }

  @Test
  void token_isRenewedInTheGuest() {
    String first = inside("cat", "/token/token");
    Awaitility.await()
        .atMost(TOKEN)
        .pollInterval(Duration.ofSeconds(5))
        .until(() -> inside("cat", "/token/token"), token -> !token.equals(first));
  }
}
