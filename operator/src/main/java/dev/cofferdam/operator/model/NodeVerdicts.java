package dev.cofferdam.operator.model;

import dev.cofferdam.operator.fleet.PolicyFindings;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** What the nodes mean for a policy, as conditions. */
public final class NodeVerdicts {
  private static final int MOST_REASONS = 4;

  private NodeVerdicts() {}

  public static Verdict available(PolicyFindings findings) {
    if (findings.eligible() > 0) {
      // Without numbers, which stand in the status: each change of a message is an Event.
      return verdict(true, Reason.NODES_ELIGIBLE, "nodes can serve the policy");
    }
    if (findings.total() == 0) {
      return verdict(false, Reason.NO_NODE_SELECTED, "the policy's selector matches no node");
    }
    return verdict(
        false,
        Reason.NO_ELIGIBLE_NODE,
        "no node of those selected can serve the policy: " + reasons(findings.reasons()));
  }

  public static Verdict zones(PolicyFindings findings) {
    List<String> uncovered =
        findings.zones().entrySet().stream()
            .filter(zone -> !zone.getKey().isEmpty() && zone.getValue().eligible() == 0)
            .map(Map.Entry::getKey)
            .toList();
    if (!uncovered.isEmpty()) {
      return new Verdict(
          ConditionType.ZONES_COVERED,
          false,
          Reason.ZONES_WITHOUT_NODES,
          "the selector matches nodes, and none is eligible, in zone "
              + String.join(", ", uncovered));
    }
    boolean any = findings.zones().keySet().stream().anyMatch(zone -> !zone.isEmpty());
    return any
        ? new Verdict(
            ConditionType.ZONES_COVERED,
            true,
            Reason.EVERY_ZONE,
            "every zone with selected nodes has an eligible one")
        : new Verdict(
            ConditionType.ZONES_COVERED,
            true,
            Reason.NO_ZONES,
            "no selected node has the label topology.kubernetes.io/zone");
  }

  // The commonest first.
  private static String reasons(Map<String, Integer> reasons) {
    String text =
        reasons.entrySet().stream()
            .sorted(
                Map.Entry.<String, Integer>comparingByValue()
                    .reversed()
                    .thenComparing(Map.Entry.comparingByKey()))
            .limit(MOST_REASONS)
            .map(Map.Entry::getKey)
            .collect(Collectors.joining("; or "));
    return reasons.size() > MOST_REASONS
        ? text + "; and " + (reasons.size() - MOST_REASONS) + " more reasons"
        : text;
  }

  private static Verdict verdict(boolean holds, Reason reason, String message) {
    return new Verdict(ConditionType.NODES_AVAILABLE, holds, reason, message);
  }
}
