package dev.cofferdam.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Duration;
import java.util.List;
import org.awaitility.Awaitility;

/** Pods that write 1, 2, 3 … and so tell whether they lived all the time. */
final class CountingPods {
  private static final Duration POLL = Duration.ofSeconds(1);

  private final Cluster cluster;
  private final Duration patience;

  /**
   * @param patience how long a pod may be out of reach
   */
  CountingPods(Cluster cluster, Duration patience) {
    this.cluster = cluster;
    this.patience = patience;
  }

  /** One that is not running yet. */
  static Pod named(String name) {
    return Pod.named(name).shell("i=0; while :; do i=$((i+1)); echo $i; sleep 0.5; done");
  }

  /** A class for pods behind gVisor, with no policy: {@code walled}. */
  void createClass() {
    cluster.apply(
        """
        apiVersion: node.k8s.io/v1
        kind: RuntimeClass
        metadata: {name: walled}
        handler: gvisor
        """);
  }

  /** Starts one behind gVisor, by the class that {@link #createClass} made. */
  void runWalled() {
    cluster.runUntilReady(named("walled").runtimeClass("walled"));
    assertEquals(
        "0",
        cluster
            .exec("walled", "sh", "-c", "dmesg | grep -q gVisor; echo $?")
            .orThrow()
            .out()
            .strip());
  }

  /** It was never restarted, its log has each number once, in order, and grows, and exec works. */
  void assertAlive(String... pods) {
    for (String pod : pods) {
      assertEquals("0", cluster.get("pod/" + pod, ".status.containerStatuses[0].restartCount"));
      int now = numbers(pod).size();
      Awaitility.await("the log of " + pod + " grows")
          .atMost(patience)
          .pollInterval(POLL)
          .until(() -> numbers(pod).size() > now + 2);
      List<String> numbers = numbers(pod);
      for (int i = 0; i < numbers.size(); i++) {
        assertEquals(Integer.toString(i + 1), numbers.get(i), pod);
      }
      Awaitility.await("kubelet reaches " + pod)
          .atMost(patience)
          .pollInterval(POLL)
          .until(() -> cluster.exec(pod, "true").ok());
    }
  }

  /** None while kubelet cannot be asked. */
  private List<String> numbers(String pod) {
    return cluster.kubectl("logs", pod).out().lines().toList();
  }
}
