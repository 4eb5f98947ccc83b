package dev.cofferdam.policy.node;

import dev.cofferdam.policy.NodeFacts;
import dev.cofferdam.policy.NodeProof;
import dev.cofferdam.policy.Variant;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** A node's status as {@link dev.cofferdam.policy.Placement} reads it. */
public final class NodeStatusFacts {

  /** Where one of them is False no pod reaches a wall of ours, however well it was proved. */
  private static final Set<String> NEEDED =
      Set.of(NodeCondition.KUBELET_USES_SHIM, NodeCondition.CONTAINERD_ANSWERS);

  private NodeStatusFacts() {}

  /** Why no pod reaches the node's walls; blank if nothing is known against it. */
  public static String drift(SandboxNodeStatus status) {
    return status.conditions().stream()
        .filter(condition -> NEEDED.contains(condition.type()) && condition.isFalse())
        .map(condition -> Objects.requireNonNullElse(condition.message(), condition.type()))
        .sorted()
        .collect(Collectors.joining("; "));
  }

  public static NodeFacts of(SandboxNodeStatus status) {
    Map<Variant, NodeProof.Finding> findings = new HashMap<>();
    for (BackendProof proof : status.backends()) {
      findings.put(
          new Variant(proof.backend(), proof.variant()),
          new NodeProof.Finding(
              proof.works(),
              proof.reason(),
              Objects.requireNonNullElse(proof.message(), proof.reason().toString())));
    }
    return new NodeFacts(Optional.ofNullable(status.below()).map(Below::kind), findings);
  }
}
