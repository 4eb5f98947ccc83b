package dev.cofferdam.policy;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Which wall a pod gets: policy × what a node proved → a variant and its settings, or why there is
 * none. A pure function, shared by operator and shim, that asks for proofs in the order of
 * preference and no further than it must.
 */
public sealed interface Placement {

  /**
   * A sandbox of this variant serves the policy.
   *
   * @param choice the entry that named it, with its settings
   */
  record Placed(Variant variant, BackendChoice choice) implements Placement {}

  /** The node cannot serve the policy: one refusal for each of its backends, in their order. */
  record Refused(List<Refusal> refusals) implements Placement {
    public Refused {
      refusals = List.copyOf(refusals);
    }

    /** The refusals in words. */
    public List<String> reasons() {
      return refusals.stream().map(Refusal::message).toList();
    }
  }

  /** Takes the first backend of the policy that the node has proved and that is strong enough. */
  static Placement of(SandboxPolicySpec policy, NodeProof node) {
    List<Refusal> refusals = new ArrayList<>();
    for (BackendChoice choice : policy.backends()) {
      Candidates candidates = Candidates.of(choice);
      Optional<Refusal> unfit = unfit(policy, choice, candidates.wall(), node);
      if (unfit.isPresent()) {
        refusals.add(unfit.get());
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
      refusals.add(
          new Refusal(
              choice.type(),
              Refusal.Why.NOT_PROVED,
              choice.type() + " (" + String.join("; ", missing) + ")"));
    }
    return new Refused(refusals);
  }

  private static Optional<Refusal> unfit(
      SandboxPolicySpec policy, BackendChoice choice, Isolation wall, NodeProof node) {
    // The API server refuses such a policy; a file or an old object may still say it.
    if (!wall.satisfies(policy.isolation())) {
      return Optional.of(
          new Refusal(
              choice.type(),
              Refusal.Why.TOO_WEAK,
              "%s gives %s, less than %s".formatted(choice.type(), wall, policy.isolation())));
    }
    Ground wanted = choice.onNodes();
    if (wanted == null) {
      return Optional.empty();
    }
    Optional<Ground> below = node.below();
    if (below.isEmpty()) {
      return Optional.of(
          new Refusal(
              choice.type(),
              Refusal.Why.UNKNOWN_GROUND,
              "%s is wanted on %s only, and what is below this node is not known"
                  .formatted(choice.type(), wanted)));
    }
    return below.get() == wanted
        ? Optional.empty()
        : Optional.of(
            new Refusal(
                choice.type(),
                Refusal.Why.OTHER_GROUND,
                "%s is wanted on %s only, and this node is %s"
                    .formatted(choice.type(), wanted, below.get())));
  }
}
