package dev.cofferdam.policy;

import java.util.Map;
import java.util.Optional;

/** What a node has found out about itself, and about its variants by running each. */
@FunctionalInterface
public interface NodeProof {

  /**
   * What a probe found.
   *
   * @param detail the evidence if it works, else what went wrong
   */
  record Finding(boolean works, ProbeReason reason, String detail) {

    public static Finding proved(String evidence) {
      return new Finding(true, ProbeReason.PROVED, evidence);
    }

    public static Finding failed(String detail) {
      return new Finding(false, ProbeReason.FAILED, detail);
    }
  }

  /** Empty for a variant that this node does not know or has not probed yet. */
  Optional<Finding> of(Variant variant);

  /** What the node's kernel runs on; empty where that is not known. */
  default Optional<Ground> below() {
    return Optional.empty();
  }

  static NodeProof of(Map<Variant, Finding> findings) {
    return new NodeFacts(Optional.empty(), findings);
  }
}
