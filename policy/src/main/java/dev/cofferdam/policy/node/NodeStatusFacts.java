package dev.cofferdam.policy.node;

import dev.cofferdam.policy.NodeFacts;
import dev.cofferdam.policy.NodeProof;
import dev.cofferdam.policy.Variant;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/** A node's status as {@link dev.cofferdam.policy.Placement} reads it. */
public final class NodeStatusFacts {

  private NodeStatusFacts() {}

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
