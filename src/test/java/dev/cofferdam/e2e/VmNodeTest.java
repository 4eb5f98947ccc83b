package dev.cofferdam.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cofferdam.lab.Command.Result;
import dev.cofferdam.lab.Lab;
import dev.cofferdam.lab.Progress;
import dev.cofferdam.lab.VmNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/**
 * {@code cofferdam node} on a machine of its own, with systemd, cgroup version 2 and a reboot: the
 * lab's second node. It is emulated, so everything takes minutes. Runs with {@code dev/test --long
 * e2e}.
 */
@Tag("e2e")
@EnabledIfSystemProperty(named = "cofferdam.long", matches = "true")
class VmNodeTest {
  private static final Duration INSTALLER = Duration.ofMinutes(45);
  private static final Duration PATIENCE = Duration.ofMinutes(8);
  private static final Duration POLL = Duration.ofSeconds(5);
  private static final String TIMES = "8";

  /** From kubelet's restart until it is ready as before; the time for it to be ready is 400 s. */
  private static final Duration ROLLED_BACK = Duration.ofMinutes(3);

  private static final int ROUNDS = Integer.getInteger("cofferdam.vm.rounds", 3);

  /** Where the payloads are seen in the machine. */
  private static final String PAYLOADS = "/mnt/payloads";

  private static final Lab LAB = new Lab(OwnLab.bare("vm").withVmNode(), new Progress(System.err));

  private static final VmNode MACHINE = LAB.vmNode();
  private final Cluster cluster = new Cluster(LAB, PATIENCE);
  private final CountingPods pods = new CountingPods(cluster, PATIENCE);

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
  void installUpgradeDowngradeRebootUninstall_withSystemd_loseNoPodAndLeaveNothing()
      throws Exception {
    Path payloads = Files.createDirectories(LAB.directories().root().resolve("payloads"));
    LabPayload one = LabPayload.built().withoutGuest(payloads.resolve("one"));
    one.with("VERSION", "one\n");
    one.named("two", payloads.resolve("two"));
    one.named("damaged", payloads.resolve("damaged")).damaged("bin/runsc");
    one.named("wall-less", payloads.resolve("wall-less")).with("bin/runsc", "#!/bin/sh\nexit 3\n");
    one.named("mute", payloads.resolve("mute"))
        .with("bin/cofferdam", "#!/bin/sh\necho mute >&2; exit 4\n");
    MACHINE.show(payloads, PAYLOADS);
    // So that pods come to the machine.
    cluster.kubectl("cordon", LAB.nodeName()).orThrow();
    pods.createClass();
    cluster.runUntilReady(CountingPods.named("plain"));
    for (int round = 1; round <= ROUNDS; round++) {
      List<String> before = NodeFiles.of(MACHINE);
      if (round == 1) {
        assertUndone("damaged", "install", "bin/runsc has another SHA-256");
        assertEquals(before, NodeFiles.of(MACHINE));
        assertUndoneWhereKubeletEnds();
        assertEquals(before, NodeFiles.of(MACHINE));
        pods.assertAlive("plain");
      }

      node("one", "install").orThrow();
      pods.runWalled();
      assertInScopeOfSystemds("walled");

      if (round == 1) {
        assertUndone("wall-less", "upgrade", "a canary with gvisor");
        assertUndone("mute", "upgrade", "mute");
        pods.assertAlive("plain", "walled");
      }

      node("two", "upgrade").orThrow();
      pods.assertAlive("plain", "walled");
      node("one", "upgrade").orThrow();
      pods.assertAlive("plain", "walled");

      Result refused = node("one", "uninstall");
      assertEquals(1, refused.exitCode(), refused::out);
      assertTrue(refused.err().contains("default/walled"), refused::err);
      pods.assertAlive("plain", "walled");

      if (round == ROUNDS) {
        assertAllIsBackAfterAReboot();
      }
      cluster.delete("pod/walled");
      awaitNoSandbox();
      node("one", "uninstall").orThrow();
      assertEquals(before, NodeFiles.of(MACHINE));
      if (round < ROUNDS) {
        pods.assertAlive("plain");
      }
    }
  }

  /**
   * A kubelet that can't bear the endpoint ends each time that systemd starts it. That is seen long
   * before the time for it to be ready is up.
   */
  private static void assertUndoneWhereKubeletEnds() {
    MACHINE
        .run(
            """
            mkdir -p /run/systemd/system/kubelet.service.d
            cat > /run/kubelet-wrapper << 'END'
            if grep -q /run/cofferdam/ /var/lib/kubelet/config.yaml; then echo 'kubelet: no such endpoint for me' >&2; exit 1; fi
            exec /usr/local/bin/kubelet "$@"
            END
            sed 's:=/usr/local/bin/kubelet:=/bin/sh /run/kubelet-wrapper:' \
              /usr/lib/systemd/system/kubelet.service.d/10-kubeadm.conf > /run/systemd/system/kubelet.service.d/20-test.conf
            systemctl daemon-reload
            """)
        .orThrow();
    Result failed = node("one", "install", "--require", "");
    assertUndone(failed, "kubelet: no such endpoint for me");
    long seconds = seconds(failed, "undone: ") - seconds(failed, "canary: ");
    assertTrue(seconds < ROLLED_BACK.toSeconds(), failed::out);
    MACHINE
        .run("rm -r /run/kubelet-wrapper /run/systemd/system/kubelet.service.d/20-test.conf")
        .orThrow();
    MACHINE.run("systemctl daemon-reload").orThrow();
  }

  private void assertAllIsBackAfterAReboot() {
    cluster.apply(
        """
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: returning}
        spec:
          selector: {matchLabels: {app: returning}}
          template:
            metadata: {labels: {app: returning}}
            spec:
              runtimeClassName: walled
              terminationGracePeriodSeconds: 1
              containers:
              - {name: main, image: busybox, imagePullPolicy: IfNotPresent, args: [sleep, '100000']}
        """);
    awaitAvailable();
    String pod = returning();
    String before = MACHINE.bootId();
    MACHINE.reboot();
    MACHINE.show(LAB.directories().root().resolve("payloads"), PAYLOADS);
    assertNotEquals(before, MACHINE.bootId());
    Awaitility.await("the API server knows of the boot")
        .atMost(PATIENCE)
        .pollInterval(POLL)
        .until(
            () ->
                cluster
                    .get("node/" + MACHINE.nodeName(), ".status.nodeInfo.bootID")
                    .equals(MACHINE.bootId()));
    MACHINE.awaitReady();
    node("one", "status").orThrow();
    awaitAvailable();
    assertTrue(cluster.exec(pod, "dmesg").orThrow().out().contains("gVisor"));
    cluster.delete("deployment/returning");
  }

  private String returning() {
    return cluster
        .kubectl("get", "pod", "-l", "app=returning", "-o", "jsonpath={.items[0].metadata.name}")
        .orThrow()
        .out();
  }

  private void awaitAvailable() {
    cluster
        .kubectl(
            "wait",
            "--for=condition=Available",
            "deployment/returning",
            "--timeout=" + PATIENCE.toSeconds() + "s")
        .orThrow();
  }

  /** It fails and says why, and the node is ready as it was. */
  private static void assertUndone(String payload, String verb, String why) {
    assertUndone(node(payload, verb), why);
    if (verb.equals("upgrade")) {
      node("one", "status").orThrow();
    }
  }

  private static void assertUndone(Result failed, String why) {
    assertEquals(1, failed.exitCode(), failed::out);
    assertTrue(failed.err().contains("The node is as it was before"), failed::err);
    assertTrue(failed.err().contains(why), failed::err);
    assertTrue(MACHINE.ready());
  }

  /** When the installer said that. */
  private static long seconds(Result installer, String step) {
    Matcher line =
        Pattern.compile("^\\[ *(\\d+) s\\] " + step, Pattern.MULTILINE).matcher(installer.out());
    assertTrue(line.find(), installer::out);
    return Long.parseLong(line.group(1));
  }

  /** The installer is always a sound one's: what it installs may be broken. */
  private static Result node(String payload, String verb, String... options) {
    List<String> command = new ArrayList<>(List.of(PAYLOADS + "/one/bin/cofferdam", "node", verb));
    command.addAll(List.of("--patience", TIMES));
    if (verb.equals("install") || verb.equals("upgrade")) {
      command.addAll(List.of("--payload", PAYLOADS + "/" + payload));
    }
    command.addAll(List.of(options));
    long begun = System.nanoTime();
    Result result = MACHINE.program(INSTALLER, command);
    System.err.printf(
        "%s: cofferdam node %s: %d, after %d s%n%s%n",
        payload,
        verb,
        result.exitCode(),
        Duration.ofNanos(System.nanoTime() - begun).toSeconds(),
        result.out() + result.err());
    return result;
  }

  /** Its processes are in a scope in the slice that kubelet made for the pod. */
  private void assertInScopeOfSystemds(String pod) {
    String uid = cluster.get("pod/" + pod, ".metadata.uid").replace('-', '_');
    String scopes =
        MACHINE
            .run("find /sys/fs/cgroup/kubepods.slice -path '*" + uid + ".slice/*.scope' -type d")
            .orThrow()
            .out();
    assertTrue(scopes.contains(".scope"), scopes);
  }

  /** kubelet removes a stopped pod's sandbox a while after the pod is gone. */
  private static void awaitNoSandbox() {
    Awaitility.await("no sandboxed pod is left")
        .atMost(PATIENCE)
        .pollInterval(POLL)
        .until(
            () ->
                MACHINE
                    .run(
                        """
                        shim="crictl -r unix:///run/cofferdam/cri.sock"
                        $shim pods -q --state NotReady --namespace default | xargs -r $shim rmp >&2
                        $shim pods -o json --namespace default
                        """)
                    .out(),
            pods -> pods.contains("items") && !pods.contains("\"gvisor\""));
  }
}
