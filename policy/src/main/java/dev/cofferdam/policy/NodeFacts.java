package dev.cofferdam.policy;

import java.util.Map;
import java.util.Optional;

/**
 * A node's proofs as a value: equal facts, equal placements. Immutable.
 *
 * @param below what the node's kernel runs on; empty where that is not known
 * @param findings what came of the probes
 */
public record NodeFacts(Optional<Ground> below, Map<Variant, NodeProof.Finding> findings)
    implements NodeProof {

  public NodeFacts {
    findings = Map.copyOf(findings);
  }

  @Override
  public Optional<Finding> of(Variant variant) {
    return Optional.ofNullable(findings.get(variant));
  }
}
