package dev.cofferdam.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cofferdam.lab.Lab;
import java.io.IOException;
import java.time.Duration;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Pods that ask a device plugin for a device of the node, by path or by CDI's name. */
@EndToEnd
class DeviceTest {
  private static final String CLASS = "deviceless";
  private static final Duration TIMEOUT = Duration.ofSeconds(60);

  private final Cluster cluster;
  private final Lab lab;

  DeviceTest(Cluster cluster, Lab lab) {
    this.cluster = cluster;
    this.lab = lab;
  }

  @BeforeAll
  static void applyPolicy(Cluster cluster) {
    cluster.applyPolicy(Policy.named(CLASS));
  }

  @Test
  void device_ofTheNode_isRefusedInOneSentence_andServedWithRunc() throws IOException {
    String resource = "lab.example/node";
    try (DevicePlugin _ = new DevicePlugin(lab, resource, DevicePlugin.device("/dev/net/tun"))) {
      awaitOffered(resource);
      assertRefused(
          "wants-node", resource, "hand the device /dev/net/tun of the node to a container");
      cluster.delete("pod/wants-node");
      apply("has-node", "", resource);
      cluster.awaitReady("has-node");
      assertTrue(cluster.exec("has-node", "test", "-c", "/dev/net/tun").ok());
    }
  }

  @Test
  void device_byCdisName_isRefusedInOneSentence() throws IOException {
    String resource = "lab.example/cdi";
    try (DevicePlugin _ =
        new DevicePlugin(lab, resource, DevicePlugin.cdiDevice("lab.example/gpu=0"))) {
      awaitOffered(resource);
      assertRefused(
          "wants-cdi",
          resource,
          "hand the CDI device lab.example/gpu=0 of the node to a container");
    }
  }

  private void awaitOffered(String resource) {
    String path = ".items[0].status.allocatable." + resource.replace(".", "\\.");
    Awaitility.await(resource + " is on offer")
        .atMost(TIMEOUT)
        .pollInterval(Duration.ofMillis(500))
        .until(() -> cluster.get("nodes", path).equals("1"));
  }

  private void apply(String name, String runtimeClass, String resource) {
    cluster.apply(
        """
        apiVersion: v1
        kind: Pod
        metadata: {name: %s}
        spec: {%s restartPolicy: Never, terminationGracePeriodSeconds: 1,
          containers: [{name: main, image: busybox, imagePullPolicy: IfNotPresent, args: [sleep, "100000"],
            resources: {limits: {%s: 1}}}]}
        """
            .formatted(
                name,
                runtimeClass.isEmpty() ? "" : "runtimeClassName: " + runtimeClass + ",",
                resource));
  }

  private void assertRefused(String name, String resource, String what) {
    String sentence = "runtime handler \"cofferdam-%s\" cannot do this: %s".formatted(CLASS, what);
    apply(name, CLASS, resource);
    cluster.awaitEvent(name, sentence);
    String description = cluster.kubectl("describe", "pod", name).orThrow().out();
    assertTrue(description.contains(sentence), description);
    Awaitility.await("the container waits for the reason")
        .atMost(TIMEOUT)
        .until(
            () -> cluster.get("pod/" + name, ".status.containerStatuses[0].state.waiting.message"),
            message -> message.contains(what));
    String containers =
        lab.shell()
            .run("crictl", "ps", "-a", "-q", "--label", "io.kubernetes.pod.name=" + name)
            .orThrow()
            .out();
    assertEquals("", containers);
  }
}
