package dev.cofferdam.policy;

import java.util.Map;
import java.util.Optional;

/** What a node has found out about its variants by running each. Immutable. */
public record NodeProof(Map<Variant, Finding> findings) {

  /**
   * What a probe found.
   *
   * @param detail the evidence if it works, else the reason
   */
  public record Finding(boolean works, String detail) {}

  public NodeProof {
    findings = Map.copyOf(findings);
  }

  /** Empty for a variant that this node does not know or has not probed yet. */
  public Optional<Finding> of(Variant variant) {
    return Optional.ofNullable(findings.get(variant));
  }
}
