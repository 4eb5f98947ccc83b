package dev.cofferdam.scale;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.cofferdam.lab.Command;
import dev.cofferdam.lab.Lab;
import dev.cofferdam.lab.LabOptions;
import dev.cofferdam.lab.Progress;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/**
 * Counts what the operator writes, whatever the machine does meanwhile; times and memory are told
 * and not judged, since the machine may be anyone's.
 */
@Tag("scale")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ScaleTest {
  private static final Path REPOSITORY = Path.of("../..").toAbsolutePath().normalize();
  private static final boolean LONG = Boolean.getBoolean("cofferdam.long");
  private static final int NODES = Integer.getInteger("cofferdam.scale.nodes", LONG ? 5000 : 300);
  private static final int POLICIES =
      Integer.getInteger("cofferdam.scale.policies", LONG ? 1000 : 60);
  private static final int CHANGES = Integer.getInteger("cofferdam.scale.changes", LONG ? 100 : 20);
  private static final Duration TIMEOUT = Duration.ofHours(1);

  private final Lab lab =
      new Lab(
          new LabOptions(
              System.getenv().getOrDefault("COFFERDAM_LAB", "test"),
              REPOSITORY,
              LabOptions.NodeRuntime.SHIM,
              true),
          new Progress(System.err));

  @BeforeAll
  void up() {
    lab.down();
    lab.up();
  }

  @AfterAll
  void down() {
    lab.down();
  }

  @Test
  void changes_areSeen_andCostOnlyTheWritesThatTheyNeed() throws IOException {
    JsonNode result = new ObjectMapper().readTree(crowd());
    ((ObjectNode) result)
        .put("date", Instant.now().toString())
        .put("load", ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage())
        .put("operatorRssBytes", operatorRss())
        .put("operatorPeakRssBytes", operatorPeakRss());
    System.err.println(result.toPrettyString());
    if (LONG) {
      Path folder = Files.createDirectories(REPOSITORY.resolve("docs/results"));
      Path file = folder.resolve(LocalDate.now(ZoneOffset.UTC) + "-scale-long.json");
      Files.writeString(file, result.toPrettyString() + "\n");
    }

    JsonNode writes = result.path("writesPerChange");
    double selected = result.path("nodesPerPolicy").asDouble();
    // Half of the changes are of a policy (its nodes lose one label and get another), half of one
    // node.
    assertAtMost(2 * selected + 4, writes, "Node");
    assertAtMost(3, writes, "RuntimeClass");
    assertAtMost(4, writes, "SandboxEnforcement");
    assertAtMost(2 * selected + 8, writes, "SandboxPolicy");
    assertEquals(0, result.path("heartbeatWrites").asDouble(), "writes for heartbeats");
  }

  private static void assertAtMost(double most, JsonNode writes, String kind) {
    double count = writes.path(kind).asDouble();
    assertTrue(count <= most, kind + " is written " + count + " times a change");
  }

  private String crowd() throws IOException {
    run("kubectl", "create", "serviceaccount", "scale", "-n", "kube-system");
    run(
        "kubectl",
        "create",
        "clusterrolebinding",
        "scale",
        "--clusterrole=cluster-admin",
        "--serviceaccount=kube-system:scale");
    String token = run("kubectl", "create", "token", "scale", "-n", "kube-system", "--duration=6h");
    String url = run("kubectl", "config", "view", "-o", "jsonpath={.clusters[0].cluster.server}");
    String authority =
        run(
            "kubectl",
            "config",
            "view",
            "-o",
            "jsonpath={.clusters[0].cluster.certificate-authority}");
    return lab.shell()
        .run(
            TIMEOUT,
            "",
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                Crowd.class.getName(),
                url,
                authority,
                token,
                String.valueOf(NODES),
                String.valueOf(POLICIES),
                String.valueOf(CHANGES)))
        .orThrow()
        .out();
  }

  /** As kubelet reads it from the pod's cgroup. */
  private long operatorRss() throws IOException {
    String node = run("kubectl", "get", "nodes", "-l", "!made-up", "-o", "name");
    JsonNode summary =
        new ObjectMapper()
            .readTree(
                run(
                    "kubectl",
                    "get",
                    "--raw",
                    "/api/v1/nodes/" + node.replace("node/", "") + "/proxy/stats/summary"));
    long rss = 0;
    for (JsonNode pod : summary.path("pods")) {
      if (pod.at("/podRef/name").asText().startsWith("cofferdam-operator")) {
        rss = Math.max(rss, pod.at("/containers/0/memory/rssBytes").asLong());
      }
    }
    return rss;
  }

  /** The most that it ever had, as the kernel says it of the process. */
  private long operatorPeakRss() throws IOException {
    long most = 0;
    for (long id : lab.processIds()) {
      Path process = Path.of("/proc", String.valueOf(id));
      if (!Files.exists(process) // Ended meanwhile.
          || !Files.readString(process.resolve("cmdline")).contains("/app/quarkus-run.jar")) {
        continue;
      }
      most =
          Files.readAllLines(process.resolve("status")).stream()
              .filter(line -> line.startsWith("VmHWM:"))
              .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")) * 1024)
              .max()
              .orElse(most);
    }
    return most;
  }

  private String run(String... command) {
    return run(Duration.ofMinutes(1), command).orThrow().out().strip();
  }

  private Command.Result run(Duration timeout, String... command) {
    return lab.shell().run(timeout, "", List.of(command));
  }
}
