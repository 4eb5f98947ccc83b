package dev.cofferdam.operator.fleet;

import dev.cofferdam.policy.Variant;
import dev.cofferdam.policy.node.SandboxOverhead;
import org.jspecify.annotations.Nullable;

/**
 * How a node stands to a policy that selects it. Equal standings make no difference to the policy.
 *
 * @param variant what pods of the policy get there; only of an eligible node
 * @param reason why the node is not eligible, for people; blank if it is
 */
record Standing(
    Kind kind,
    String zone,
    @Nullable Variant variant,
    @Nullable SandboxOverhead overhead,
    String reason) {

  /** Every way to stand. */
  enum Kind {
    ELIGIBLE,
    NO_SHIM,
    STALE,
    DRIFTED,
    /** Its shim has not looked yet: the node was booted, say. */
    UNCHECKED,
    NOT_PROVED,
    NOT_ACKNOWLEDGED,
    POLICY_REFUSED
  }

  boolean eligible() {
    return kind == Kind.ELIGIBLE;
  }

  static Standing not(Kind kind, String zone, String reason) {
    return new Standing(kind, zone, null, null, reason);
  }
}
