package dev.cofferdam.operator.fleet;

import dev.cofferdam.policy.NodeProof;
import dev.cofferdam.policy.Placement;
import dev.cofferdam.policy.Requirement;
import dev.cofferdam.policy.SandboxPolicySpec;
import dev.cofferdam.policy.Variant;
import java.time.Instant;

/**
 * One policy. Immutable.
 *
 * @param number of name and requirement out of {@link Pairs}
 * @param since when this requirement was first seen
 */
record PolicyEntry(
    String name, SandboxPolicySpec spec, String requirement, int number, Instant since) {

  static PolicyEntry of(String name, SandboxPolicySpec spec, Pairs pairs, Instant since) {
    String requirement = Requirement.digest(spec);
    return new PolicyEntry(name, spec, requirement, pairs.number(name, requirement), since);
  }

  boolean selects(NodeEntry node) {
    return node.isThere() && spec.selects(node.labels());
  }

  boolean isAcknowledgedBy(NodeEntry node) {
    return node.proof() != null && node.proof().acknowledged().get(number);
  }

  /** How a node stands that the policy selects. */
  Standing standing(NodeEntry node) {
    Proof proof = node.proof();
    String zone = node.zone();
    if (proof == null) {
      return Standing.not(Standing.Kind.NO_SHIM, zone, "no Cofferdam shim has spoken for the node");
    }
    if (node.stale()) {
      return Standing.not(
          Standing.Kind.STALE, zone, "the node's shim has not been heard of lately");
    }
    boolean unchecked = proof.facts().findings().isEmpty();
    if (!proof.drift().isEmpty()) {
      // Of a node that has only just been booted it says little that kubelet or containerd is late.
      Standing.Kind kind = unchecked ? Standing.Kind.UNCHECKED : Standing.Kind.DRIFTED;
      return Standing.not(kind, zone, proof.drift());
    }
    NodeProof facts = proof.facts();
    switch (Placement.of(spec, facts)) {
      case Placement.Refused refused -> {
        Standing.Kind kind = unchecked ? Standing.Kind.UNCHECKED : Standing.Kind.NOT_PROVED;
        return Standing.not(kind, zone, String.join("; ", refused.reasons()));
      }
      case Placement.Placed placed -> {
        if (proof.refused().contains(name)) {
          return Standing.not(
              Standing.Kind.POLICY_REFUSED, zone, "the node's shim cannot act on the policy");
        }
        if (!isAcknowledgedBy(node)) {
          return Standing.not(
              Standing.Kind.NOT_ACKNOWLEDGED,
              zone,
              "the node's shim does not know this generation of the policy yet");
        }
        Variant variant = placed.variant();
        return new Standing(
            Standing.Kind.ELIGIBLE, zone, variant, proof.overheads().get(variant), "");
      }
    }
  }
}
