package dev.cofferdam.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cofferdam.lab.Lab;
import dev.cofferdam.lab.Progress;
import dev.cofferdam.lab.VmNode;
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
 * The chart on a cluster of two nodes that are not alike: the lab's own, without systemd and
 * without KVM that works, and a virtual machine with both. Its KVM is emulated, so guests on it are
 * slow, but they are KVM's. Runs with {@code dev/test --long e2e}.
 */
@Tag("e2e")
@EnabledIfSystemProperty(named = "cofferdam.long", matches = "true")
class VmHardwareTest {
  private static final Duration HELM = Duration.ofMinutes(45);
  private static final Duration PATIENCE = Duration.ofMinutes(10);
  private static final Duration POLL = Duration.ofSeconds(5);

  /**
   * The lab's own node is no slow one. Its KVM hangs: each try takes a processor from the virtual
   * machine for as long as a boot may last.
   */
  private static final String FIRST_NODE =
      """
      keeper.timeout=PT40S
      cni.plugin-timeout=PT4M
      probe.timeout=PT20S
      hand-over.timeout=PT4M
      check.overhead-interval=
      """;

  /**
   * The virtual machine's, beside what patience makes of them: what does not work there (an
   * emulation within the emulated machine) is given up after minutes, and nobody measures what a
   * sandbox costs. The operator is no slow machine's work.
   */
  private static final List<String> VALUES =
      List.of(
          "--set",
          "node.install.settings.probe\\.timeout=PT90S",
          "--set",
          "node.install.settings.check\\.timeout=PT5M",
          "--set",
          "node.install.settings.check\\.overhead-interval=");

  /** Of a guest that KVM runs: what the processor says of who is below, and the clock it offers. */
  private static final String KVM_INSIDE =
      "cat /sys/devices/system/clocksource/clocksource0/available_clocksource;"
          + " dmesg | grep -i hypervisor";

  private static final Lab LAB =
      new Lab(OwnLab.bare("hard").withVmNode(1), new Progress(System.err));
  private static final VmNode MACHINE = LAB.vmNode();

  private final Cluster cluster = new Cluster(LAB, PATIENCE);
  private final Chart chart = new Chart(LAB, 8, HELM);

  @BeforeAll
  static void up() {
    LAB.down();
    LAB.up();
    LAB.installServiceProgram();
    LAB.shell()
        .run(
            "sh",
            "-ec",
            "mkdir -p /etc/cofferdam; printf %s \"$0\" > /etc/cofferdam/config.properties",
            FIRST_NODE)
        .orThrow();
  }

  @AfterAll
  static void down() {
    LAB.down();
  }

  @Test
  void helmInstall_onTwoNodes_putsAPolicyForHardwareOnTheOneThatHasIt_alsoAfterAReboot()
      throws Exception {
    List<String> before = NodeFiles.of(MACHINE);
    String operator = chart.pushOperator();
    String payload = chart.pushPayload();
    bring("install", operator, payload, "--create-namespace", "--wait");
    for (String node : List.of(LAB.nodeName(), MACHINE.nodeName())) {
      assertEquals("True", condition(node, "CofferdamInstalled"));
      assertEquals("True", condition(node, "Ready"));
    }

    cluster.apply(
        """
        apiVersion: cofferdam.dev/v1alpha1
        kind: SandboxPolicy
        metadata: {name: hardware}
        spec:
          isolation: VirtualMachine
          backends: [{type: MicroVM, onNodes: VirtualMachine, microVM: {acceleration: Hardware}}]
        """);
    Awaitility.await("the virtual machine has proved its KVM")
        .atMost(HELM)
        .pollInterval(POLL)
        .until(() -> cluster.get("sandboxpolicy/hardware", ".status.summary.nodes").equals("1/2"));
    cluster.apply(running("hardware", "hardware", ""));
    cluster.apply(
        """
        apiVersion: node.k8s.io/v1
        kind: RuntimeClass
        metadata: {name: walled}
        handler: gvisor
        """);
    cluster.apply(running("walled-here", "walled", LAB.nodeName()));
    cluster.apply(running("walled-there", "walled", MACHINE.nodeName()));
    assertWallsStand();

    String boot = MACHINE.bootId();
    MACHINE.reboot();
    assertNotEquals(boot, MACHINE.bootId());
    Awaitility.await("the API server knows of the boot")
        .atMost(PATIENCE)
        .pollInterval(POLL)
        .until(
            () ->
                cluster
                    .get("node/" + MACHINE.nodeName(), ".status.nodeInfo.bootID")
                    .equals(MACHINE.bootId()));
    MACHINE.awaitReady();
    awaitRestarted("hardware", "walled-there");
    assertWallsStand();
    assertEquals("0", restarts("walled-here"));

    cluster.delete("pod/hardware");
    cluster.delete("pod/walled-here");
    cluster.delete("pod/walled-there");
    cluster.delete("sandboxpolicy/hardware");
    // What kubelet has stopped and not removed yet counts as there.
    bring("upgrade", operator, payload, "--set", "node.uninstall.evict=true");
    chart.helm("uninstall").orThrow();
    assertEquals(before, NodeFiles.of(MACHINE));
  }

  private void bring(String verb, String operator, String payload, String... more) {
    List<String> options = new ArrayList<>(VALUES);
    options.addAll(
        List.of("--set", "operator.nodeSelector.kubernetes\\.io/hostname=" + LAB.nodeName()));
    options.addAll(List.of(more));
    chart.bring(verb, operator, payload, options.toArray(String[]::new)).orThrow();
  }

  private void assertWallsStand() {
    for (String pod : List.of("hardware", "walled-here", "walled-there")) {
      cluster.awaitReady(pod);
    }
    assertEquals(MACHINE.nodeName(), nodesOfTheClass());
    assertEquals(MACHINE.nodeName(), cluster.get("pod/hardware", ".spec.nodeName"));
    String bootId = inside("hardware", "cat /proc/sys/kernel/random/boot_id");
    assertNotEquals(MACHINE.bootId(), bootId);
    assertNotEquals(
        LAB.shell().run("cat", "/proc/sys/kernel/random/boot_id").orThrow().out().strip(), bootId);
    String kvm = inside("hardware", KVM_INSIDE);
    assertTrue(kvm.contains("kvm-clock") && kvm.contains("KVM"), kvm);
    for (String pod : List.of("walled-here", "walled-there")) {
      assertTrue(inside(pod, "dmesg").contains("gVisor"));
    }
  }

  private String inside(String pod, String script) {
    return cluster.exec(pod, "sh", "-c", script).orThrow().out().strip();
  }

  /** Nodes that pods of the policy's class may be scheduled to, with blanks between them. */
  private String nodesOfTheClass() {
    String selector =
        cluster
            .kubectl(
                "get",
                "runtimeclass/hardware",
                "-o",
                "go-template={{range $key, $value := .scheduling.nodeSelector}}{{$key}}={{$value}}{{end}}")
            .orThrow()
            .out();
    return cluster
        .kubectl("get", "nodes", "-l", selector, "-o", "jsonpath={.items[*].metadata.name}")
        .orThrow()
        .out();
  }

  private String condition(String node, String type) {
    return cluster.get("node/" + node, ".status.conditions[?(@.type==\"" + type + "\")].status");
  }

  private String restarts(String pod) {
    return cluster.get("pod/" + pod, ".status.containerStatuses[0].restartCount");
  }

  private void awaitRestarted(String... pods) {
    for (String pod : pods) {
      Awaitility.await(pod + " runs again")
          .atMost(HELM)
          .pollInterval(POLL)
          .until(() -> !restarts(pod).equals("0"));
    }
  }

  /** A pod that runs again after a reboot, also where that takes longer than pods usually wait. */
  private static String running(String name, String runtimeClass, String node) {
    return """
        apiVersion: v1
        kind: Pod
        metadata: {name: %s}
        spec:
          runtimeClassName: %s
          nodeName: %s
          terminationGracePeriodSeconds: 1
          tolerations: [{operator: Exists, effect: NoExecute}]
          containers:
          - name: main
            image: busybox
            imagePullPolicy: IfNotPresent
            args: [sleep, '100000']
            securityContext: {capabilities: {add: [SYSLOG]}}
        """
        .formatted(name, runtimeClass, node.isEmpty() ? "''" : node);
  }
}
