package dev.cofferdam.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cofferdam.lab.Lab;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** {@code kubectl top} with the real metrics-server: what each container behind the wall takes. */
@EndToEnd
class KubectlTopTest {
  /** kubelet and metrics-server each take samples every ten seconds, and a rate needs two. */
  private static final Duration TIMEOUT = Duration.ofMinutes(2);

  private static final Duration POLL = Duration.ofSeconds(1);
  private static final long HELD_MIB = 48;

  /** As {@code kubectl top} rounds: thousandths of a processor and MiB. */
  private record Usage(long milliCpu, long memoryMib) {
    private static final Pattern LINE =
        Pattern.compile("(?m)^(\\S+) +(\\S+) +(\\d+)m +(\\d+)Mi *$");

    static Map<String, Usage> parse(String table) {
      Map<String, Usage> all = new TreeMap<>();
      Matcher line = LINE.matcher(table);
      while (line.find()) {
        all.put(
            line.group(1) + "/" + line.group(2),
            new Usage(Long.parseLong(line.group(3)), Long.parseLong(line.group(4))));
      }
      return all;
    }
  }

  private final Cluster cluster;

  KubectlTopTest(Cluster cluster) {
    this.cluster = cluster;
  }

  @BeforeAll
  static void start(Cluster cluster, Lab lab) throws IOException {
    lab.metricsServer().start();
    cluster.applyPolicy(Policy.named("topped"));
    // One computes, one holds memory, one does nothing whatever: a pod is left out of the table
    // as a whole where one container's CPU time reads 0.
    cluster.apply(
        """
        apiVersion: v1
        kind: Pod
        metadata: {name: topped}
        spec:
          runtimeClassName: topped
          restartPolicy: Never
          terminationGracePeriodSeconds: 1
          containers:
          - {name: computes, image: busybox, imagePullPolicy: IfNotPresent, args: [sh, -c, "while :; do :; done"]}
          - {name: holds, image: busybox, imagePullPolicy: IfNotPresent, args: [sh, -c, "(head -c %1$dm /dev/zero; sleep 100000) | tail -c %1$dm"]}
          - {name: sleeps, image: busybox, imagePullPolicy: IfNotPresent, args: [sleep, "100000"]}
        """
            .formatted(HELD_MIB));
    cluster.apply(Pod.named("unwalled").yaml());
    cluster.awaitReady("topped");
    cluster.awaitReady("unwalled");
  }

  @AfterAll
  static void stop(Lab lab) {
    lab.metricsServer().stop();
  }

  @Test
  void topPod_ofAPodBehindTheWall_tellsCpuAndMemoryOfEachContainer() {
    Map<String, Usage> usages =
        Awaitility.await("kubectl top pod --containers")
            .atMost(TIMEOUT)
            .pollInterval(POLL)
            .until(
                () -> Usage.parse(cluster.kubectl("top", "pod", "--containers").out()),
                // The first sample of a container may be older than what it does now.
                found ->
                    found.size() == 4
                        && of(found, "holds").memoryMib() >= HELD_MIB
                        && of(found, "computes").milliCpu() >= 20);
    Usage computes = of(usages, "computes");
    Usage holds = of(usages, "holds");
    Usage sleeps = of(usages, "sleeps");
    assertTrue(computes.memoryMib() < HELD_MIB, usages.toString());
    assertTrue(holds.memoryMib() < 5 * HELD_MIB, usages.toString());
    assertTrue(holds.milliCpu() < computes.milliCpu() / 2, usages.toString());
    assertTrue(sleeps.milliCpu() <= 2 && sleeps.memoryMib() < HELD_MIB, usages.toString());
    assertTrue(usages.containsKey("unwalled/main"), usages.toString());
  }

  private static Usage of(Map<String, Usage> usages, String container) {
    return Objects.requireNonNull(usages.get("topped/" + container), usages.toString());
  }

  @Test
  void topNode_hasTheNodesUsage() {
    String node = cluster.get("nodes", ".items[0].metadata.name");
    Pattern line = Pattern.compile("(?m)^" + Pattern.quote(node) + " +[1-9]\\d*m .*[1-9]\\d*Mi ");
    Awaitility.await("kubectl top node")
        .atMost(TIMEOUT)
        .pollInterval(POLL)
        .until(() -> line.matcher(cluster.kubectl("top", "node").out()).find());
    assertEquals(
        "True",
        cluster.get(
            "apiservice/v1beta1.metrics.k8s.io",
            ".status.conditions[?(@.type==\"Available\")].status"));
  }
}
