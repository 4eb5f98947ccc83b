package dev.cofferdam.operator.fleet;

import dev.cofferdam.policy.NodeChoice;
import dev.cofferdam.policy.SandboxPolicySpec;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Which policies may select a node, and which nodes a policy may select, without asking each of
 * them: by one label of each selector. Whom it names is still to be asked whether all labels match.
 * Not thread-safe.
 */
final class Selectors {

  /** Policies of whose selectors this is the label, and the nodes that have it. */
  private record Pool(Set<String> policies, Set<String> nodes) {}

  private final Map<Map.Entry<String, String>, Pool> pools = new HashMap<>();
  private final Set<String> ofAllNodes = new HashSet<>();

  /**
   * A policy is there.
   *
   * @param nodes all that there are
   */
  void add(String policy, SandboxPolicySpec spec, Collection<NodeEntry> nodes) {
    Map.Entry<String, String> label = label(spec);
    if (label == null) {
      ofAllNodes.add(policy);
      return;
    }
    pools
        .computeIfAbsent(
            label,
            key -> {
              Pool pool = new Pool(new HashSet<>(), new HashSet<>());
              for (NodeEntry node : nodes) {
                if (has(node.labels(), label)) {
                  pool.nodes().add(node.name());
                }
              }
              return pool;
            })
        .policies()
        .add(policy);
  }

  /** A policy is gone, or is another one now. */
  void remove(String policy, SandboxPolicySpec spec) {
    Map.Entry<String, String> label = label(spec);
    if (label == null) {
      ofAllNodes.remove(policy);
      return;
    }
    Pool pool = pools.get(label);
    if (pool != null && pool.policies().remove(policy) && pool.policies().isEmpty()) {
      pools.remove(label);
    }
  }

  /** A node has other labels than before; none before it came, and none when it is gone. */
  void relabelled(String node, Map<String, String> before, Map<String, String> after) {
    if (before.equals(after)) {
      return;
    }
    for (Map.Entry<String, String> label : before.entrySet()) {
      Pool pool = pools.get(label);
      if (pool != null) {
        pool.nodes().remove(node);
      }
    }
    for (Map.Entry<String, String> label : after.entrySet()) {
      Pool pool = pools.get(label);
      if (pool != null) {
        pool.nodes().add(node);
      }
    }
  }

  /** Adds the policies that may select a node with these labels. */
  void policies(Map<String, String> labels, Set<String> into) {
    into.addAll(ofAllNodes);
    for (Map.Entry<String, String> label : labels.entrySet()) {
      Pool pool = pools.get(label);
      if (pool != null) {
        into.addAll(pool.policies());
      }
    }
  }

  /** At least how many {@link #policies} would add. */
  int policiesOfAllNodes() {
    return ofAllNodes.size();
  }

  /** The nodes that a policy may select; empty where only asking each of them can tell. */
  Optional<Set<String>> nodes(SandboxPolicySpec spec) {
    Map.Entry<String, String> label = label(spec);
    return label == null
        ? Optional.empty()
        : Optional.ofNullable(pools.get(label)).map(Pool::nodes);
  }

  private static boolean has(Map<String, String> labels, Map.Entry<String, String> label) {
    return label.getValue().equals(labels.get(label.getKey()));
  }

  /** Always the same one of a selector; null where it has none. */
  private static Map.@Nullable Entry<String, String> label(SandboxPolicySpec spec) {
    NodeChoice nodes = spec.nodes();
    return nodes == null || nodes.selector() == null
        ? null
        : nodes.selector().matchLabels().entrySet().stream()
            .min(Map.Entry.comparingByKey())
            .map(label -> Map.entry(label.getKey(), label.getValue()))
            .orElse(null);
  }
}
