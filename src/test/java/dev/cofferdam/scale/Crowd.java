package dev.cofferdam.scale;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.IntConsumer;
import java.util.function.Supplier;

/**
 * The program inside the lab: makes nodes and policies up, keeps the nodes' hearts beating, changes
 * policies and proofs one after the other, and prints as one line of JSON how long each took to be
 * seen and what the operator wrote meanwhile.
 *
 * <p>A node acknowledges the policy that selects it and no other, where a real shim acknowledges
 * all that it has heard of: the API server is to be loaded with what the operator needs.
 */
public final class Crowd {
  private static final Duration HEARTBEAT = Duration.ofSeconds(10);
  private static final Duration QUIET = Duration.ofSeconds(5);
  private static final Duration TIMEOUT = Duration.ofMinutes(10);
  private static final int AT_ONCE = 16;
  private static final DateTimeFormatter MICROS =
      DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSSSSS'Z'").withZone(ZoneOffset.UTC);

  private final Api api;
  private final int nodes;
  private final int policies;
  private final int changes;
  private final Random random = new Random(20261123);
  private final ExecutorService threads = Executors.newFixedThreadPool(AT_ONCE);
  private final int[] versions;
  private final List<Long> smallWrites = new ArrayList<>();
  private final List<Long> largeWrites = new ArrayList<>();

  private Crowd(Api api, int nodes, int policies, int changes) {
    this.api = api;
    this.nodes = nodes;
    this.policies = policies;
    this.changes = changes;
    this.versions = new int[policies];
  }

  /** Arguments: URL, certificate authority, token, nodes, policies, changes. */
  public static void main(String[] arguments) throws Exception {
    Crowd crowd =
        new Crowd(
            new Api(arguments[0], Path.of(arguments[1]), arguments[2]),
            Integer.parseInt(arguments[3]),
            Integer.parseInt(arguments[4]),
            Integer.parseInt(arguments[5]));
    try {
      crowd.run();
    } finally {
      crowd.clear();
      crowd.threads.shutdownNow();
    }
  }

  private void run() throws Exception {
    Map<String, Object> result = new LinkedHashMap<>();
    result.put("nodes", nodes);
    result.put("policies", policies);
    Instant start = Instant.now();
    each(policies, p -> api.create(MadeUp.POLICIES, MadeUp.policy(p, 0)));
    progress("policies", start);
    each(nodes, n -> api.create(MadeUp.NODES, MadeUp.node(n, n % policies)));
    each(nodes, n -> api.create(MadeUp.LEASES, MadeUp.lease(n, now())));
    progress("nodes and Leases", start);
    try (ScheduledExecutorService beats = Executors.newScheduledThreadPool(2)) {
      ScheduledFuture<?> beating = beat(beats);
      each(nodes, n -> api.create(MadeUp.SHIMS, MadeUp.shim(n)));
      each(
          nodes,
          n ->
              say(
                  n,
                  "{\"status\": {%s, \"acknowledged\": {%s}}}"
                      .formatted(MadeUp.proof(true), MadeUp.acknowledgement(n % policies, 0))));
      progress("SandboxNodes", start);
      for (int p = 0; p < policies; p++) {
        awaitSeen(p);
      }
      progress("all seen", start);
      result.put("setUpMillis", Duration.between(start, Instant.now()).toMillis());
      awaitQuiet();
      Map<String, Double> before = writes();
      result.put("policyChange", quantiles(this::changePolicy));
      progress("policies changed", start);
      result.put("proofLost", quantiles(this::loseProof));
      progress("proofs lost", start);
      awaitQuiet();
      Map<String, Double> after = writes();
      result.put("apiWrite", quantiles(smallWrites));
      result.put("apiWriteOfAllRules", quantiles(largeWrites));
      Map<String, Double> written = new LinkedHashMap<>();
      after.forEach(
          (kind, count) ->
              written.put(kind, (count - before.getOrDefault(kind, 0.0)) / (2.0 * changes)));
      result.put("writesPerChange", written);
      result.put("nodesPerPolicy", Math.max(1, nodes / policies));
      result.put("heartbeatWrites", heartbeatWrites());
      beating.cancel(false);
      beats.shutdownNow();
    }
    System.out.println(new ObjectMapper().writeValueAsString(result));
  }

  private static void progress(String what, Instant start) {
    System.err.printf("%s: %d s%n", what, Duration.between(start, Instant.now()).toSeconds());
  }

  private ScheduledFuture<?> beat(ScheduledExecutorService beats) {
    return beats.scheduleWithFixedDelay(
        () -> {
          try {
            String renewed = "{\"spec\": {\"renewTime\": \"%s\"}}".formatted(now());
            each(nodes, n -> api.patch(MadeUp.LEASES + "/" + MadeUp.nodeName(n), renewed));
          } catch (Exception e) {
            System.err.println("heartbeats: " + e);
          }
        },
        0,
        HEARTBEAT.toMillis(),
        TimeUnit.MILLISECONDS);
  }

  private long changePolicy() throws Exception {
    int policy = random.nextInt(policies);
    int version = ++versions[policy];
    api.patch(
        MadeUp.POLICIES + "/" + MadeUp.policyName(policy),
        "{\"spec\": %s}".formatted(MadeUp.spec(policy, version)));
    String acknowledged =
        "{\"status\": {\"acknowledged\": {%s}}}".formatted(MadeUp.acknowledgement(policy, version));
    for (int n = policy; n < nodes; n += policies) {
      say(n, acknowledged);
    }
    long start = System.nanoTime();
    awaitSeen(policy);
    return millisSince(start);
  }

  private long loseProof() throws Exception {
    int node = random.nextInt(nodes);
    int policy = node % policies;
    String label = MadeUp.label(policy, versions[policy]);
    say(node, "{\"status\": {%s}}".formatted(MadeUp.proof(false)));
    long start = System.nanoTime();
    await(
        () -> !labels(node).has(label), () -> "label of " + MadeUp.nodeName(node) + " taken away");
    long took = millisSince(start);
    say(node, "{\"status\": {%s}}".formatted(MadeUp.proof(true)));
    await(() -> labels(node).has(label), () -> "label of " + MadeUp.nodeName(node) + " given back");
    return took;
  }

  /** On its class, its status, the rules of namespaces, and the labels of the nodes it selects. */
  private void awaitSeen(int policy) throws Exception {
    String name = MadeUp.policyName(policy);
    int version = versions[policy];
    String label = MadeUp.label(policy, version);
    int selected = (nodes - policy + policies - 1) / policies;
    await(
        () ->
            api.get(MadeUp.CLASSES + "/" + name)
                .filter(
                    it ->
                        it.at("/scheduling/nodeSelector").has(label)
                            && it.at("/scheduling/tolerations/0/key")
                                .asText()
                                .equals("version-" + version))
                .isPresent(),
        () -> "RuntimeClass " + name);
    for (int n = policy; n < nodes; n += policies) {
      int node = n;
      await(() -> labels(node).has(label), () -> "label of " + MadeUp.nodeName(node));
    }
    await(
        () -> {
          JsonNode it = api.get(MadeUp.POLICIES + "/" + name).orElseThrow();
          return it.at("/status/observedGeneration").asInt()
                  == it.at("/metadata/generation").asInt()
              && it.at("/status/nodes/eligible").asInt() == selected;
        },
        () -> "status of " + name + " with " + selected + " nodes");
    await(
        () ->
            api.get(MadeUp.RULES)
                .map(it -> it.at("/spec/rules"))
                .filter(rules -> hasRule(rules, name, String.valueOf(version)))
                .isPresent(),
        () -> "rule of " + name);
  }

  private static boolean hasRule(JsonNode rules, String policy, String version) {
    for (JsonNode rule : rules) {
      if (rule.path("policy").asText().equals(policy)) {
        return rule.at("/namespaceLabels/version").asText().equals(version);
      }
    }
    return false;
  }

  private JsonNode labels(int node) {
    return api.get(MadeUp.NODES + "/" + MadeUp.nodeName(node)).orElseThrow().at("/metadata/labels");
  }

  private double heartbeatWrites() throws Exception {
    Map<String, Double> before = writes();
    Instant end = Instant.now().plus(HEARTBEAT.multipliedBy(2));
    await(() -> Instant.now().isAfter(end), () -> "two heartbeats");
    return writes().entrySet().stream()
        .mapToDouble(entry -> entry.getValue() - before.getOrDefault(entry.getKey(), 0.0))
        .sum();
  }

  /** What the operator has written so far, by kind, as its own metrics say. */
  private Map<String, Double> writes() {
    JsonNode pods =
        api.get(
                "/api/v1/namespaces/cofferdam-system/pods?labelSelector=app.kubernetes.io/component%3Doperator")
            .orElseThrow()
            .path("items");
    Map<String, Double> counts = new LinkedHashMap<>();
    for (JsonNode pod : pods) {
      api.text(
              "/api/v1/namespaces/cofferdam-system/pods/%s:8080/proxy/q/metrics"
                  .formatted(pod.at("/metadata/name").asText()))
          .lines()
          .filter(line -> line.startsWith("cofferdam_api_writes_total{"))
          .forEach(
              line ->
                  counts.merge(
                      line.substring(line.indexOf("kind=\"") + 6, line.lastIndexOf('"')),
                      Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)),
                      Double::sum));
    }
    return counts;
  }

  /** Each change comes after writes of nobody's concern, which show what the API server takes. */
  private Map<String, Long> quantiles(Callable<Long> change) throws Exception {
    List<Long> took = new ArrayList<>();
    for (int i = 0; i < changes; i++) {
      smallWrites.add(writeSmall());
      largeWrites.add(writeLarge());
      took.add(change.call());
    }
    return quantiles(took);
  }

  private static Map<String, Long> quantiles(List<Long> took) {
    List<Long> sorted = took.stream().sorted().toList();
    int count = sorted.size();
    Map<String, Long> quantiles = new LinkedHashMap<>();
    quantiles.put("medianMillis", sorted.get(count / 2));
    quantiles.put("p99Millis", sorted.get((int) Math.ceil(count * 0.99) - 1));
    quantiles.put("mostMillis", sorted.getLast());
    return quantiles;
  }

  private long writeSmall() {
    long start = System.nanoTime();
    api.patch(
        MadeUp.LEASES + "/" + MadeUp.nodeName(0),
        "{\"spec\": {\"leaseTransitions\": %d}}".formatted(smallWrites.size() + 1));
    return millisSince(start);
  }

  /** An object as large as the one with all rules, which no admission policy reads. */
  private long writeLarge() {
    String path = MadeUp.ALL_RULES + "/" + MadeUp.FLOOR;
    if (largeWrites.isEmpty()) {
      ObjectNode all = (ObjectNode) api.get(MadeUp.RULES).orElseThrow();
      all.putObject("metadata").put("name", MadeUp.FLOOR);
      api.create(MadeUp.ALL_RULES, all.toString());
    }
    long start = System.nanoTime();
    api.patch(path, "{\"spec\": {\"enough\": {\"0\": \"%d\"}}}".formatted(largeWrites.size()));
    return millisSince(start);
  }

  /** Until the operator has written nothing for a few seconds. */
  private void awaitQuiet() throws InterruptedException {
    Instant end = Instant.now().plus(TIMEOUT);
    Map<String, Double> last = Map.of();
    for (Map<String, Double> now = writes(); !now.equals(last); now = writes()) {
      if (Instant.now().isAfter(end)) {
        throw new IllegalStateException("the operator goes on writing: " + last + ", " + now);
      }
      last = now;
      Thread.sleep(QUIET);
    }
  }

  private void say(int node, String status) {
    api.patch(MadeUp.SHIMS + "/" + MadeUp.nodeName(node) + "/status", status);
  }

  private void clear() throws Exception {
    api.delete(MadeUp.ALL_RULES + "/" + MadeUp.FLOOR);
    each(nodes, n -> api.delete(MadeUp.SHIMS + "/" + MadeUp.nodeName(n)));
    each(nodes, n -> api.delete(MadeUp.LEASES + "/" + MadeUp.nodeName(n)));
    each(policies, p -> api.delete(MadeUp.POLICIES + "/" + MadeUp.policyName(p)));
    each(nodes, n -> api.delete(MadeUp.NODES + "/" + MadeUp.nodeName(n)));
  }

  private void each(int count, IntConsumer work) throws InterruptedException {
    List<Future<?>> all = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      int number = i;
      all.add(threads.submit(() -> work.accept(number)));
    }
    for (Future<?> one : all) {
      try {
        one.get();
      } catch (ExecutionException e) {
        throw new IllegalStateException(e.getCause());
      }
    }
  }

  private static void await(BooleanSupplier condition, Supplier<String> what)
      throws InterruptedException {
    Instant end = Instant.now().plus(TIMEOUT);
    while (!condition.getAsBoolean()) {
      if (Instant.now().isAfter(end)) {
        throw new IllegalStateException("not seen in time: " + what.get());
      }
      Thread.sleep(Duration.ofMillis(10));
    }
  }

  private static long millisSince(long nanos) {
    return (System.nanoTime() - nanos) / 1_000_000;
  }

  // Always six digits, as the API server wants them: Instant leaves zeros at the end out.
  private static String now() {
    return MICROS.format(Instant.now());
  }
}
