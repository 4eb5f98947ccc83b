package dev.cofferdam.shim.cli;

import dev.cofferdam.policy.BackendChoice;
import dev.cofferdam.policy.NodeFacts;
import dev.cofferdam.policy.Placement;
import dev.cofferdam.policy.Refusal;
import dev.cofferdam.policy.SandboxPolicySpec;
import java.util.ArrayList;
import java.util.List;

/**
 * Which wall a node gives to a policy's pods, in lines for people: also why not one that the policy
 * prefers.
 *
 * @param placed whether there is any
 */
record Explanation(boolean placed, List<String> lines) {
  /** Where the next variant begins in the reason for a backend that has several. */
  private static final String NEXT_VARIANT = "; (?=[a-z]+/[a-z-]+: )";

  Explanation {
    lines = List.copyOf(lines);
  }

  static Explanation of(String policy, SandboxPolicySpec spec, NodeFacts node) {
    String title = "%s (%s): ".formatted(policy, spec.isolation());
    List<String> lines = new ArrayList<>();
    return switch (Placement.of(spec, node)) {
      case Placement.Placed placed -> {
        lines.add(title + placed.variant());
        List<BackendChoice> preferred =
            spec.backends().subList(0, spec.backends().indexOf(placed.choice()));
        if (!preferred.isEmpty()) {
          lines.add("  the policy would rather have, and this node cannot give:");
          addReasons(lines, Placement.of(with(preferred, spec), node));
        }
        yield new Explanation(true, lines);
      }
      case Placement.Refused refused -> {
        lines.add(title + "no wall here");
        addReasons(lines, refused);
        yield new Explanation(false, lines);
      }
    };
  }

  private static SandboxPolicySpec with(List<BackendChoice> backends, SandboxPolicySpec spec) {
    return new SandboxPolicySpec(
        spec.isolation(),
        backends,
        spec.nodes(),
        spec.overhead(),
        spec.overheadFixed(),
        spec.enforcement());
  }

  private static void addReasons(List<String> lines, Placement placement) {
    if (placement instanceof Placement.Refused refused) {
      for (Refusal refusal : refused.refusals()) {
        String[] parts = refusal.message().split(NEXT_VARIANT, -1);
        for (int i = 0; i < parts.length; i++) {
          lines.add((i == 0 ? "  " : "    ") + parts[i]);
        }
      }
    }
  }
}
