package dev.cofferdam.policy;

import java.util.Map;
import java.util.Optional;

/** What a node has found out about its variants by running each. */
@FunctionalInterface
public interface NodeProof {

  /**
   * What a probe found.
   *
   * @param detail the evidence if it works, else the reason
   */
  record Finding(boolean works, String detail) {}

  /** Empty for a variant that this node does not know or has not probed yet. */
  Optional<Finding> of(Variant variant);

  static NodeProof of(Map<Variant, Finding> findings) {
    Map<Variant, Finding> known = Map.copyOf(findings);
    return variant -> Optional.ofNullable(known.get(variant));
  }
}
