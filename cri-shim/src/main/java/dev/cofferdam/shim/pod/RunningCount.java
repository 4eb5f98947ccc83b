package dev.cofferdam.shim.pod;

import dev.cofferdam.policy.SandboxPolicy;
import dev.cofferdam.policy.Variant;
import dev.cofferdam.policy.node.RunningSandboxes;
import dev.cofferdam.shim.state.SandboxRecord;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

/** Sandboxes counted by policy and variant. Pure. */
final class RunningCount {
  private static final Comparator<Key> ORDER =
      Comparator.comparing(Key::policy).thenComparing(key -> key.variant().toString());

  private RunningCount() {}

  /**
   * @param policy blank where a built-in handler was asked for
   */
  private record Key(String policy, Variant variant) {}

  /** In a fixed order, so that equal counts are equal lists. */
  static List<RunningSandboxes> of(List<SandboxRecord> sandboxes) {
    Map<Key, Integer> counts = new TreeMap<>(ORDER);
    for (SandboxRecord sandbox : sandboxes) {
      String policy = Objects.requireNonNullElse(SandboxPolicy.policyOf(sandbox.handler()), "");
      Variant variant = new Variant(sandbox.backend(), sandbox.spec().variant());
      counts.merge(new Key(policy, variant), 1, Integer::sum);
    }
    return counts.entrySet().stream()
        .map(
            each ->
                new RunningSandboxes(
                    each.getKey().variant().backend(),
                    each.getKey().variant().name(),
                    each.getValue(),
                    each.getKey().policy().isEmpty() ? null : each.getKey().policy()))
        .toList();
  }
}
