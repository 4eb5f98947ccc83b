package dev.cofferdam.operator.watch;

import dev.cofferdam.operator.fleet.Fleet;
import dev.cofferdam.policy.SandboxPolicyStatus;
import dev.cofferdam.policy.Variant;
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
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/** What the operator counts, beside what its SDK counts of reconciles. Thread-safe. */
@ApplicationScoped
public class OperatorMetrics {
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
            .description("Sandboxes that run, by variant")
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

  /** Brings the numbers by variant and by condition up to date. */
  void refresh(Fleet fleet) {
    List<MultiGauge.Row<?>> nodes = new ArrayList<>();
    List<MultiGauge.Row<?>> sandboxes = new ArrayList<>();
    fleet.variants(
        (Variant variant, int[] counts) -> {
          Tags tags = Tags.of("backend", variant.backend(), "variant", variant.name());
          nodes.add(MultiGauge.Row.of(tags, counts[0]));
          sandboxes.add(MultiGauge.Row.of(tags, counts[1]));
        });
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
