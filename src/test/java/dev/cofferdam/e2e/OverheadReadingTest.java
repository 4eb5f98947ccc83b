package dev.cofferdam.e2e;

import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.cofferdam.lab.Command.Result;
import dev.cofferdam.lab.Lab;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * What a class and a check say that a sandbox costs, against readings of live pods that share no
 * code with them: of the pod's cgroup and of its processes' PSS, by a shell.
 */
@EndToEnd
class OverheadReadingTest {
  private static final String CLASS = "measured";
  private static final String CANARY = "cofferdam-canary";
  private static final String FIVE = "five";
  private static final int PORT = 7200;
  private static final double SHARE = 0.2;
  private static final Duration SETTLING = Duration.ofSeconds(30);

  /**
   * In bytes: the sum of PSS, and what the cgroup is charged for. Both without what is cached of
   * files, which all pods share, or which goes at need; and without shared memory, in which the
   * sentry keeps what is the workload's.
   */
  private static final String READ =
      """
      group=$(awk -F: '$2 ~ /(^|,)memory(,|$)/ {print $3}' /proc/$1/cgroup)
      cd /sys/fs/cgroup/memory/$group
      for p in $(find . -name cgroup.procs -exec cat {} +); do cat /proc/$p/smaps_rollup; done 2>/dev/null \
        | awk '/^Pss_Anon:/ {sum += $2} END {print sum * 1024}'
      awk -v used=$(cat memory.usage_in_bytes) '{is[$1] = $2} \
        END {printf "%d\\n", used - is["total_cache"]}' memory.stat
      """;

  private final Cluster cluster;
  private final Lab lab;

  OverheadReadingTest(Cluster cluster, Lab lab) {
    this.cluster = cluster;
    this.lab = lab;
  }

  @BeforeAll
  static void runPods(Cluster cluster) {
    cluster.applyPolicy(Policy.named(CLASS));
    cluster.apply(pod("idle", "sleep, '1000'"));
    cluster.apply(pod("busy", "/canary/" + CANARY + ", load, '" + PORT + "', '1000'"));
    cluster.apply(
        pod(FIVE, "sleep, '1000'")
            + IntStream.range(1, 5)
                .mapToObj(
                    i ->
                        "  - {name: further-%d, image: busybox, imagePullPolicy: IfNotPresent, command: [sleep, '1000']}\n"
                            .formatted(i))
                .collect(Collectors.joining()));
    cluster.awaitReady("idle");
    cluster.awaitReady(FIVE);
    cluster.awaitReady("busy");
  }

  private static String pod(String name, String command) {
    return """
        apiVersion: v1
        kind: Pod
        metadata: {name: %s}
        spec:
          runtimeClassName: %s
          terminationGracePeriodSeconds: 1
          volumes: [{name: canary, hostPath: {path: %s}}]
          containers:
          - name: main
            image: busybox
            imagePullPolicy: IfNotPresent
            command: [%s]
            volumeMounts: [{name: canary, mountPath: /canary, readOnly: true}]
        """
        .formatted(name, CLASS, SharedLab.REPOSITORY.resolve("cri-shim/target/dist/bin"), command);
  }

  private JsonNode json(String... command) throws IOException {
    Result result = lab.shell().run(Duration.ofMinutes(3), "", List.of(command));
    assertTrue(result.ok(), result.err());
    return new ObjectMapper().readTree(result.out());
  }

  @Test
  void whatClassAndCheckSay_isWhatLivePodsCost_withinAFifth() throws IOException {
    long told = bytes(cluster.get("runtimeclass/" + CLASS, ".overhead.podFixed.memory"));
    JsonNode shapes =
        json("cofferdam", "check", "gvisor/systrap", "-o", "json", "--set", "check.window=PT1S")
            .at("/findings/0/overhead/shapes");
    assertClose("the class and an idle pod", told, "idle");
    assertClose("the check and an idle pod", memory(shapes, 1, false), "idle");
    assertClose("the check and an idle pod of five containers", memory(shapes, 5, false), FIVE);

    Process connections = hold200Connections(cluster.get("pod/busy", ".status.podIP"));
    try {
      Awaitility.await("200 connections")
          .atMost(SETTLING)
          .until(() -> cluster.logs("busy").contains("canary is under load"));
      assertClose("the check and a pod under load", memory(shapes, 1, true), "busy");
      assertClose("the class and a pod under load", told, "busy");
    } finally {
      connections.destroy();
    }
  }

  /** From the node, with a little to carry; until the process ends. */
  private Process hold200Connections(String address) throws IOException {
    String hold =
        """
        for i in {1..200}; do exec {one}<>/dev/tcp/$0/$1; all+=($one); done
        while sleep 0.05; do for one in ${all[@]}; do echo >&$one; done; done
        """;
    return lab.shell().start("bash", "-c", hold, address, Integer.toString(PORT));
  }

  private static long bytes(String quantity) {
    long number = Long.parseLong(quantity.replaceAll("[MK]i$", ""));
    return number << (quantity.endsWith("Mi") ? 20 : 10);
  }

  private static long memory(JsonNode shapes, int containers, boolean loaded) {
    for (JsonNode shape : shapes) {
      if (shape.path("containers").asInt() == containers
          && shape.path("loaded").asBoolean() == loaded) {
        return shape.path("memoryBytes").asLong();
      }
    }
    throw new AssertionError("no pod of %d containers in %s".formatted(containers, shapes));
  }

  private void assertClose(String what, long told, String pod) {
    Awaitility.await(what)
        .atMost(SETTLING)
        .pollInterval(Duration.ofSeconds(1))
        .untilAsserted(
            () -> {
              long read = read(pod);
              System.err.printf("%s: told %d KiB, read %d KiB%n", what, told >> 10, read >> 10);
              assertTrue(
                  Math.abs(told - read) <= SHARE * read,
                  "%s: told %d KiB, read %d KiB".formatted(what, told >> 10, read >> 10));
            });
  }

  /** Of the two ways to read the one that says more. */
  private long read(String pod) throws IOException {
    return lab.shell()
        .run("sh", "-c", READ, "read", sandboxProcess(pod))
        .orThrow()
        .out()
        .lines()
        .mapToLong(line -> (long) Double.parseDouble(line))
        .max()
        .orElseThrow();
  }

  private String sandboxProcess(String pod) throws IOException {
    for (JsonNode row : json("cofferdam", "pods", "--output", "json")) {
      if (row.path("name").asText().equals(pod)) {
        return row.at("/wall/pid").asText();
      }
    }
    throw new AssertionError("cofferdam pods does not know " + pod);
  }
}
