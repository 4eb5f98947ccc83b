package dev.cofferdam.operator.watch;

import dev.cofferdam.operator.fleet.Fleet;
import dev.cofferdam.policy.SandboxPolicyStatus;
import dev.cofferdam.policy.node.RunningSandboxes;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.Tags;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/** What the operator counts, beside what its SDK counts of reconciles. Thread-safe. */
@ApplicationScoped
public class OperatorMetrics {
  /** What no policy can be called. */
  private static final String NO_POLICY = "-";

  private final MeterRegistry registry;
  private final MultiGauge conditions;
  private final MultiGauge proved;
  private final MultiGauge running;
  private final ConcurrentMap<String, List<Tags>> byPolicy = new ConcurrentHashMap<>();

  public OperatorMetrics(MeterRegistry registry) {
    this.registry = registry;
    this.conditions =
        MultiGauge.builder("cofferdam.policies")
            .description("Policies by condition, status and reason")
            .register(registry);
    this.proved =
        MultiGauge.builder("cofferdam.nodes.proved")
            .description("Nodes that have proved a variant")
            .register(registry);
    this.running =
        MultiGauge.builder("cofferdam.sandboxes.running")
            .description("Pods that run in sandboxes, by policy and variant")
            .register(registry);
  }

  void observe(Fleet fleet) {
    Gauge.builder("cofferdam.nodes", fleet, all -> all.count(false))
        .description("Nodes of the cluster")
        .register(registry);
    Gauge.builder("cofferdam.nodes.stale", fleet, all -> all.count(true))
        .description("Nodes whose shim has not been heard of for the grace period")
        .register(registry);
  }

  /** Brings the numbers by variant, policy and condition up to date. */
  void refresh(Fleet fleet) {
    List<MultiGauge.Row<?>> nodes = new ArrayList<>();
    fleet.proved(
        (variant, count) ->
            nodes.add(
                MultiGauge.Row.of(
                    Tags.of("backend", variant.backend(), "variant", variant.name()), count)));
    List<MultiGauge.Row<?>> sandboxes = new ArrayList<>();
    for (RunningSandboxes each : fleet.running()) {
      Tags tags =
          Tags.of(
              "policy", Objects.requireNonNullElse(each.policy(), NO_POLICY),
              "backend", each.backend(),
              "variant", each.variant());
      sandboxes.add(MultiGauge.Row.of(tags, each.running()));
    }
    proved.register(nodes, true);
    running.register(sandboxes, true);
    Map<Tags, Integer> counts = new HashMap<>();
    byPolicy.values().forEach(all -> all.forEach(tags -> counts.merge(tags, 1, Integer::sum)));
    List<MultiGauge.Row<?>> rows = new ArrayList<>();
    counts.forEach((tags, count) -> rows.add(MultiGauge.Row.of(tags, count)));
    conditions.register(rows, true);
  }

  void conditions(String policy, SandboxPolicyStatus status) {
    byPolicy.put(
        policy,
        status.conditions().stream()
            .map(
                condition ->
                    Tags.of(
                        "condition", condition.getType(),
                        "status", condition.getStatus(),
                        "reason", condition.getReason()))
            .toList());
  }

  void forget(String policy) {
    byPolicy.remove(policy);
  }

  public void runtimeClassWritten() {
    written("RuntimeClass");
  }

  public void statusWritten() {
    written("SandboxPolicy");
  }

  void enforcementWritten() {
    written("SandboxEnforcement");
  }

  void nodeWritten() {
    written("Node");
  }

  private void written(String kind) {
    Counter.builder("cofferdam.api.writes")
        .description("Writes to the API server, without Events")
        .tag("kind", kind)
        .register(registry)
        .increment();
  }
}
