package dev.cofferdam.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.cofferdam.lab.Lab;
import java.time.Duration;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What kubelet says of containers that use more than they may. */
@EndToEnd
class PodLimitsTest {
  private static final String POLICY = "bounded";

  private final Cluster cluster;
  private final Lab lab;

  PodLimitsTest(Cluster cluster, Lab lab) {
    this.cluster = cluster;
    this.lab = lab;
  }

  @BeforeAll
  static void applyPolicy(Cluster cluster) {
    cluster.applyPolicy(Policy.named(POLICY));
  }

  /** Two containers, so that the pod's own limit is far from the first one's. */
  private static String yaml(String pod, String script, String limits) {
    return """
        apiVersion: v1
        kind: Pod
        metadata: {name: %s}
        spec:
          runtimeClassName: %s
          restartPolicy: Never
          terminationGracePeriodSeconds: 1
          containers:
          - name: bounded
            image: busybox
            imagePullPolicy: IfNotPresent
            command: [sh, -c, '%s']
            resources: {limits: {%s}}
          - name: neighbour
            image: busybox
            imagePullPolicy: IfNotPresent
            command: [sleep, '100000']
            resources: {limits: {memory: 700Mi, cpu: 200m}}
        """
        .formatted(pod, POLICY, script, limits);
  }

  private void await(String pod, String jsonPath, String value) {
    Awaitility.await(pod + " " + jsonPath)
        .atMost(Duration.ofMinutes(3))
        .pollInterval(Duration.ofMillis(500))
        .untilAsserted(
            () ->
                assertEquals(
                    value, cluster.get("pod/" + pod, jsonPath), () -> cluster.events(pod)));
  }

  private static String of(String container, String field) {
    return ".status.containerStatuses[?(@.name==\"" + container + "\")]" + field;
  }

  @Test
  void memory_overTheLimit_isOomKilledAndTheNeighbourLives() {
    String pod = "greedy";
    cluster.apply(yaml(pod, "dd if=/dev/zero of=/dev/null bs=200M", "memory: 64Mi, cpu: 200m"));
    await(pod, of("bounded", ".state.terminated.reason"), "OOMKilled");
    assertEquals("137", cluster.get("pod/" + pod, of("bounded", ".state.terminated.exitCode")));
    assertEquals("true", cluster.get("pod/" + pod, of("neighbour", ".ready")));
    assertEquals("0", cluster.get("pod/" + pod, of("neighbour", ".restartCount")));
    cluster.kubectl("exec", pod, "-c", "neighbour", "--", "true").orThrow();
  }

  @Test
  void cpu_overTheLimitOfOneContainer_isHeldBackByTheKernel() {
    String pod = "busy";
    cluster.apply(yaml(pod, "while :; do :; done", "memory: 64Mi, cpu: 100m"));
    cluster.awaitReady(pod);
    // The pod may use three times as much: only the container's own cgroup is at its limit.
    String throttled =
        "find /sys/fs/cgroup -path '*pod%s*/cpu-*' -name cpu.stat -exec awk '/^nr_throttled/ {print $2}' {} +"
            .formatted(cluster.get("pod/" + pod, ".metadata.uid"));
    Awaitility.await("the kernel holds the container back in more and more periods")
        .atMost(Duration.ofMinutes(1))
        .until(
            () ->
                lab.shell().run("sh", "-c", throttled).out().lines().anyMatch(n -> n.length() > 1));
    assertEquals(
        "10000 100000\n", cluster.exec(pod, "cat", "/sys/fs/cgroup/cpu.max").orThrow().out());
  }

  @Test
  void resize_ofARunningPod_isSeenInsideAndInItsStatus() {
    String pod = "growing";
    cluster.apply(yaml(pod, "sleep 100000", "memory: 64Mi, cpu: 200m"));
    cluster.awaitReady(pod);
    cluster
        .kubectl(
            "patch",
            "pod",
            pod,
            "--subresource=resize",
            "--patch",
            """
            {"spec": {"containers": [{"name": "bounded", "resources":
              {"requests": {"memory": "256Mi", "cpu": "300m"},
               "limits": {"memory": "256Mi", "cpu": "300m"}}}]}}
            """)
        .orThrow();
    await(pod, of("bounded", ".resources.limits.memory"), "256Mi");
    String inside =
        cluster
            .kubectl(
                "exec",
                pod,
                "-c",
                "bounded",
                "--",
                "cat",
                "/sys/fs/cgroup/memory.max",
                "/sys/fs/cgroup/cpu.max")
            .orThrow()
            .out();
    assertEquals("268435456\n30000 100000\n", inside);
    assertEquals("0", cluster.get("pod/" + pod, of("bounded", ".restartCount")));
  }

  @Test
  void ephemeralStorage_overTheLimit_isEvicted() {
    String pod = "writing";
    cluster.apply(
        yaml(
            pod,
            "dd if=/dev/zero of=/file bs=1M count=64; sleep 100000",
            "memory: 64Mi, cpu: 200m, ephemeral-storage: 16Mi"));
    await(pod, ".status.reason", "Evicted");
  }
}
