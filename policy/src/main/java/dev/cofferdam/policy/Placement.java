package dev.cofferdam.policy;

import java.util.ArrayList;
import java.util.List;

/**
 * Which wall a pod gets: policy × what a node proved → a variant, or why there is none. A pure
 * function that asks for proofs in the order of preference and no further than it must.
 */
public sealed interface Placement {

  /** A sandbox of this variant serves the policy; {@code choice} is the entry that named it. */
  record Placed(Variant variant, BackendChoice choice) implements Placement {}

  /** The node cannot serve the policy: one reason for each of its backends, in their order. */
  record Refused(List<String> reasons) implements Placement {
    public Refused {
      reasons = List.copyOf(reasons);
    }
  }

  /** Takes the first backend of the policy that the node has proved and that is strong enough. */
  static Placement of(SandboxPolicySpec policy, NodeProof node) {
    List<String> reasons = new ArrayList<>();
    for (BackendChoice choice : policy.backends()) {
      Candidates candidates = Candidates.of(choice);
      // The API server refuses such a policy; a file or an old object may still say it.
      if (!candidates.wall().satisfies(policy.isolation())) {
        reasons.add(
            "%s gives %s, less than %s"
                .formatted(choice.type(), candidates.wall(), policy.isolation()));
        continue;
      }
      List<String> missing = new ArrayList<>();
      for (Variant variant : candidates.variants()) {
        NodeProof.Finding finding = node.of(variant).orElse(null);
        if (finding != null && finding.works()) {
          return new Placed(variant, choice);
        }
        missing.add(
            variant
                + ": "
                + (finding == null ? "not proved on this node (yet)" : finding.detail()));
      }
      reasons.add(choice.type() + " (" + String.join("; ", missing) + ")");
    }
    return new Refused(reasons);
  }
}
