package dev.cofferdam.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cofferdam.lab.Command.Result;
import dev.cofferdam.lab.Lab;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What the node tells of a pod behind the wall ({@code watched}), beside one with runc. */
@EndToEnd
class ObservabilityTest {
  private static final String METRICS = "http://127.0.0.1:9477/metrics";
  private static final Duration TIMEOUT = Duration.ofSeconds(90);
  private static final double LEAST_BYTES = 100 << 10;
  private static final double MOST_BYTES = 512 << 20;

  private final Cluster cluster;
  private final Lab lab;

  ObservabilityTest(Cluster cluster, Lab lab) {
    this.cluster = cluster;
    this.lab = lab;
  }

  @BeforeAll
  static void runPods(Cluster cluster) {
    cluster.applyPolicy(Policy.named("watched"));
    // Something to count: a loop that computes, and never ends.
    cluster.apply(
        Pod.named("watched")
            .runtimeClass("watched")
            .shell("while :; do echo $((1 + 1)) > /dev/null; sleep 0.01; done")
            .yaml());
    cluster.apply(Pod.named("unwalled").yaml());
    cluster.awaitReady("watched");
    cluster.awaitReady("unwalled");
  }

  @Test
  void metrics_ofTheShim_tellCallsAndPods() {
    String page = scrape("");
    assertHas(page, "cofferdam_pods_ready 1");
    assertTrue(
        value(
                page,
                "cofferdam_rpc_duration_seconds_count\\{method=\"RunPodSandbox\",server=\"shim\"\\}")
            >= 1);
    assertTrue(
        value(
                page,
                "cofferdam_rpc_duration_seconds_count"
                    + "\\{method=\"RunPodSandbox\",server=\"containerd\"\\}")
            >= 1);
    assertTrue(
        value(
                page,
                "cofferdam_sandboxes\\{backend=\"gvisor\",variant=\"systrap\",state=\"ready\"\\}")
            >= 1);
    assertTrue(value(page, "process_resident_memory_bytes") > 0);
  }

  @Test
  void metrics_underCadvisorsNames_haveOurContainersOnly() {
    String page = scrape("/cadvisor");
    String labels = "\\{container=\"main\",[^}]*namespace=\"default\",pod=\"watched\"\\}";
    assertTrue(value(page, "container_cpu_usage_seconds_total" + labels) > 0);
    assertPlausible(value(page, "container_memory_working_set_bytes" + labels));
    assertTrue(
        value(page, "container_network_receive_bytes_total\\{[^}]*pod=\"watched\"[^}]*\\}") >= 0);
    assertFalse(page.contains("unwalled"), "kubelet's cAdvisor sees that one");
  }

  @Test
  void kubelet_tellsCpuAndMemoryOfAContainerBehindTheWall() {
    // What metrics-server reads for `kubectl top`; kubelet takes samples every ten seconds.
    String labels = "\\{container=\"main\",namespace=\"default\",pod=\"watched\"\\}";
    String page =
        Awaitility.await("kubelet's numbers of the pod")
            .atMost(TIMEOUT)
            .pollInterval(Duration.ofSeconds(1))
            .until(
                () -> node("metrics/resource"),
                text ->
                    find(text, "container_cpu_usage_seconds_total" + labels) > 0
                        && find(text, "container_memory_working_set_bytes" + labels) > 0);
    assertPlausible(value(page, "container_memory_working_set_bytes" + labels));
    assertTrue(
        Pattern.compile("\"name\":\\s*\"watched\"").matcher(node("stats/summary")).find(),
        "the pod is in kubelet's summary");
  }

  @Test
  void podsCommand_asksTheSentry() {
    Result result = lab.shell().run("cofferdam", "pods", "--output", "json").orThrow();
    String watched = objectOf(result.out(), "watched");
    assertTrue(watched.contains("\"kind\" : \"gVisor\""), watched);
    assertTrue(watched.contains("\"variant\" : \"systrap\""), watched);
    String kernel = cluster.exec("watched", "cat", "/proc/version").orThrow().out().strip();
    assertTrue(watched.contains(kernel.substring(0, 20)), watched + " and " + kernel);
    assertTrue(objectOf(result.out(), "unwalled").contains("\"ours\" : false"), result.out());
  }

  @Test
  void debugCommand_tellsOfThePod() {
    String text = lab.shell().run("cofferdam", "debug", "default/watched").orThrow().out();
    for (String page :
        new String[] {
          "record.json", "status.json", "processes.txt", "bundle-config.json", "mounts.txt"
        }) {
      assertTrue(text.contains(page), page);
    }
    assertTrue(text.contains("\"recentCalls\""), "calls");
  }

  /** A panel that asks for a name that nobody tells is empty, and looks as if all were well. */
  @Test
  void metrics_ofTheOperator_haveEachNameThatTheDashboardAsksFor() throws Exception {
    Path dashboard = SharedLab.REPOSITORY.resolve("deploy/helm/cofferdam/files/dashboard.json");
    Set<String> asked =
        Pattern.compile("\\b(?:cofferdam|operator_sdk|jvm)_\\w+")
            .matcher(Files.readString(dashboard))
            .results()
            .map(MatchResult::group)
            .filter(name -> !name.equals("cofferdam_sandboxes")) // a shim's
            .filter(name -> !name.endsWith("_failed_total")) // there once one has
            .collect(Collectors.toSet());
    assertTrue(asked.size() > 5, () -> "of the dashboard only " + asked);
    Awaitility.await("the operator's metrics")
        .atMost(TIMEOUT)
        .pollInterval(Duration.ofSeconds(1))
        .untilAsserted(
            () -> {
              String page = operatorMetrics();
              Set<String> missing = new TreeSet<>(asked);
              missing.removeIf(name -> !Double.isNaN(find(page, name + "(?:\\{.*\\})?")));
              assertEquals(Set.of(), missing);
            });
  }

  /** Of all replicas: who leads counts. */
  private String operatorMetrics() {
    String pods = "/api/v1/namespaces/cofferdam-system/pods/";
    String names =
        cluster
            .kubectl(
                "--namespace=cofferdam-system",
                "get",
                "pods",
                "--selector=app.kubernetes.io/component=operator",
                "--output=jsonpath={.items[*].metadata.name}")
            .orThrow()
            .out();
    return Arrays.stream(names.strip().split(" "))
        .map(name -> pods + name + ":8080/proxy/q/metrics")
        .map(path -> cluster.kubectl("get", "--raw", path).orThrow().out())
        .collect(Collectors.joining());
  }

  private String scrape(String path) {
    return lab.shell().run("curl", "-fsS", METRICS + path).orThrow().out();
  }

  private String node(String path) {
    String node = cluster.get("nodes", ".items[0].metadata.name");
    return cluster
        .kubectl("get", "--raw", "/api/v1/nodes/" + node + "/proxy/" + path)
        .orThrow()
        .out();
  }

  private static String objectOf(String json, String pod) {
    int at = json.indexOf("\"name\" : \"" + pod + "\"");
    assertTrue(at >= 0, "no " + pod + " in " + json);
    int end = json.indexOf("\"namespace\"", at);
    return json.substring(at, end < 0 ? json.length() : end);
  }

  private static void assertPlausible(double bytes) {
    assertTrue(bytes > LEAST_BYTES && bytes < MOST_BYTES, "memory of a shell: " + bytes);
  }

  private static void assertHas(String page, String part) {
    assertTrue(page.contains(part), () -> part + " is not in " + page);
  }

  private static double value(String page, String series) {
    double value = find(page, series);
    assertFalse(Double.isNaN(value), () -> "no " + series + " in " + page);
    return value;
  }

  /** Not a number where there is none. */
  private static double find(String page, String series) {
    Matcher line = Pattern.compile("(?m)^" + series + " (\\S+)").matcher(page);
    return line.find() ? Double.parseDouble(line.group(1)) : Double.NaN;
  }
}
