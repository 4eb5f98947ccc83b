package dev.cofferdam.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.cofferdam.lab.Lab;
import dev.cofferdam.policy.InvalidPolicyException;
import dev.cofferdam.policy.PolicyDocument;
import dev.cofferdam.policy.Requirement;
import dev.cofferdam.policy.SandboxPolicySpec;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * The operator is killed with -9 at random instants, while it starts, takes the lead or works,
 * during a run of changes by users, nodes and others' hands. What comes of it is what all of the
 * changes together ask for, and nothing more.
 */
@Tag("e2e")
@ExtendWith(OperatorLab.class)
class OperatorKilledTest {
  private static final Duration TIMEOUT = Duration.ofMinutes(3);
  private static final int KILLS =
      Integer.getInteger("cofferdam.kills", Boolean.getBoolean("cofferdam.long") ? 100 : 5);

  /** A pod's name changes each so many kills; then the lead has to run out first. */
  private static final int KILLS_OF_A_POD = 8;

  private static final int POLICIES = 6;
  private static final int PORT = 18080;
  private static final long SEED = Long.getLong("cofferdam.seed", 20261123);
  private static final List<String> MODES = List.of("Require", "Default", "Audit");

  private final Lab lab;
  private final Cluster cluster;
  private final MadeUpNode node = new MadeUpNode("killed-node", Map.of("pool", "made-up"));
  private final Random random = new Random(SEED);
  private final ScheduledExecutorService killer = Executors.newSingleThreadScheduledExecutor();
  private final SortedMap<String, Wanted> wanted = new TreeMap<>();
  private int versions;

  /** A policy as it was last applied. */
  private record Wanted(String mode, int version, SandboxPolicySpec spec) {}

  OperatorKilledTest(Lab lab, Cluster cluster) {
    this.lab = lab;
    this.cluster = cluster;
  }

  @AfterEach
  void clear() {
    killer.shutdownNow();
    cluster.kubectl("delete", "sandboxpolicies", "--all", "--timeout=60s").orThrow();
    node.delete(cluster);
  }

  @Test
  void killedAtRandomInstants_endsInTheRightState() throws Exception {
    Path kubeconfig = OperatorProcess.prepare(cluster, lab);
    node.create(cluster);
    long toStart = measureStart(kubeconfig);
    System.err.printf("seed %d, %d ms until a policy has its class%n", SEED, toStart);
    for (int kill = 0; kill < KILLS; kill++) {
      OperatorProcess operator =
          OperatorProcess.start(lab, kubeconfig, "operator-" + kill / KILLS_OF_A_POD, PORT);
      ScheduledFuture<?> _ =
          killer.schedule(operator::kill, random.nextLong(2 * toStart), TimeUnit.MILLISECONDS);
      while (operator.alive()) {
        change();
      }
      assertEquals(OperatorProcess.KILLED, operator.exitCode(), "ended by itself");
    }
    sayAll("");
    OperatorProcess last = OperatorProcess.start(lab, kubeconfig, "operator-last", PORT);
    try {
      Awaitility.await("what all changes together ask for")
          .atMost(TIMEOUT)
          .pollInterval(Duration.ofSeconds(1))
          .untilAsserted(() -> assertEquals(expected(), actual()));
    } finally {
      last.kill();
    }
  }

  private long measureStart(Path kubeconfig) throws Exception {
    long start = System.nanoTime();
    OperatorProcess first = OperatorProcess.start(lab, kubeconfig, "operator-0", PORT);
    apply("killed-0");
    Awaitility.await("a class")
        .atMost(TIMEOUT)
        .until(() -> cluster.exists("runtimeclass/killed-0"));
    first.kill();
    first.exitCode();
    return Duration.ofNanos(System.nanoTime() - start).toMillis();
  }

  private void change() {
    String name = "killed-" + random.nextInt(POLICIES);
    switch (random.nextInt(8)) {
      case 0 -> {
        cluster.delete("sandboxpolicy/" + name);
        wanted.remove(name);
      }
      case 1 -> sayAll("runsc: no such file");
      case 2 -> sayAll("");
      case 3 -> cluster.delete("runtimeclass/" + name);
      case 4 ->
          // It may not be there.
          cluster.kubectl(
              "patch", "runtimeclass/" + name, "--type=merge", "-p", "{\"scheduling\": null}");
      default -> apply(name);
    }
  }

  private void apply(String name) {
    int version = ++versions;
    String mode = MODES.get(random.nextInt(MODES.size()));
    String yaml =
        """
        apiVersion: cofferdam.dev/v1alpha1
        kind: SandboxPolicy
        metadata: {name: %s}
        spec:
          isolation: ApplicationKernel
          backends: [{type: GVisor, gVisor: {platform: %s}}]
          nodes: {tolerations: [{key: version-%d, operator: Exists}]}
          overhead: Fixed
          overheadFixed: {memory: 32Mi}
          enforcement: {mode: %s, namespaceSelector: {matchLabels: {held-to: nobody}}}
        """
            .formatted(name, random.nextBoolean() ? "Auto" : "Systrap", version, mode);
    cluster.apply(yaml);
    try {
      SandboxPolicySpec spec = PolicyDocument.read(yaml.getBytes(StandardCharsets.UTF_8)).spec();
      wanted.put(name, new Wanted(mode, version, spec));
    } catch (InvalidPolicyException e) {
      throw new AssertionError(e);
    }
  }

  private void sayAll(String failure) {
    Map<String, SandboxPolicySpec> specs = new TreeMap<>();
    wanted.forEach((name, policy) -> specs.put(name, policy.spec()));
    node.say(cluster, failure, specs);
  }

  private SortedMap<String, String> expected() {
    SortedMap<String, String> all = new TreeMap<>();
    TreeSet<String> labels = new TreeSet<>();
    wanted.forEach(
        (name, policy) -> {
          String label = Requirement.labelOf(policy.spec());
          labels.add(label);
          all.put(
              "class " + name,
              "cofferdam-%s version-%d %s".formatted(name, policy.version(), label));
          all.put("policy " + name, "up to date, InPlace NodesEligible Holds, 2 of 2");
        });
    all.put("labels of " + node.name(), labels.toString());
    all.put("labels of " + lab.nodeName(), labels.toString());
    for (String mode : MODES) {
      all.put(
          "rules " + mode,
          wanted.entrySet().stream()
              .filter(policy -> policy.getValue().mode().equals(mode))
              .map(Map.Entry::getKey)
              .toList()
              .toString());
      all.put("walls of " + mode, wanted.keySet().toString());
    }
    return all;
  }

  private SortedMap<String, String> actual() throws IOException {
    SortedMap<String, String> all = new TreeMap<>();
    for (JsonNode it : items("runtimeclasses")) {
      SortedSet<String> labels = names(it.at("/scheduling/nodeSelector"));
      all.put(
          "class " + name(it),
          "%s %s %s"
              .formatted(
                  it.path("handler").asText(),
                  it.at("/scheduling/tolerations/0/key").asText(),
                  String.join(" ", labels)));
    }
    for (JsonNode it : items("sandboxpolicies")) {
      boolean current =
          it.at("/status/observedGeneration").asInt() == it.at("/metadata/generation").asInt();
      all.put(
          "policy " + name(it),
          "%s, %s %s %s, %d of %d"
              .formatted(
                  current ? "up to date" : "behind",
                  reason(it, "RuntimeClassReady"),
                  reason(it, "NodesAvailable"),
                  // The strictest of several wins, and which is not what is looked at here.
                  reason(it, "Enforced").replace("StricterPolicyWins", "Holds"),
                  it.at("/status/nodes/eligible").asInt(),
                  it.at("/status/nodes/total").asInt()));
    }
    for (JsonNode it : items("nodes")) {
      SortedSet<String> labels = names(it.at("/metadata/labels"));
      labels.removeIf(label -> !label.startsWith(Requirement.LABEL_PREFIX));
      all.put("labels of " + name(it), labels.toString());
    }
    for (JsonNode it : items("sandboxenforcements")) {
      String mode = MODES.stream().filter(name(it)::equalsIgnoreCase).findFirst().orElse(name(it));
      TreeSet<String> policies = new TreeSet<>();
      it.at("/spec/rules").forEach(rule -> policies.add(rule.path("policy").asText()));
      all.put("rules " + mode, policies.toString());
      all.put("walls of " + mode, names(it.at("/spec/classes")).toString());
    }
    return all;
  }

  private JsonNode items(String kind) throws IOException {
    return new ObjectMapper()
        .readTree(cluster.kubectl("get", kind, "-o", "json").orThrow().out())
        .path("items");
  }

  private static String name(JsonNode object) {
    return object.at("/metadata/name").asText();
  }

  private static SortedSet<String> names(JsonNode map) {
    TreeSet<String> names = new TreeSet<>();
    map.fieldNames().forEachRemaining(names::add);
    return names;
  }

  private static String reason(JsonNode policy, String type) {
    for (JsonNode condition : policy.at("/status/conditions")) {
      if (condition.path("type").asText().equals(type)) {
        return condition.path("reason").asText();
      }
    }
    return "none";
  }
}
