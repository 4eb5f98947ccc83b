package dev.cofferdam.shim.sandboxnode;

import dev.cofferdam.policy.node.NodeCondition;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;

/** Since when a condition has its status. */
final class ConditionTimes {
  private ConditionTimes() {}

  /** The condition with the time that was told before while its status is the same, else now. */
  static NodeCondition since(List<NodeCondition> told, NodeCondition now) {
    String time =
        told.stream()
            .filter(each -> each.type().equals(now.type()) && each.status().equals(now.status()))
            .map(each -> String.valueOf(each.lastTransitionTime()))
            .findFirst()
            .orElseGet(() -> Instant.now().truncatedTo(ChronoUnit.SECONDS).toString());
    return new NodeCondition(now.type(), now.status(), now.reason(), now.message(), time);
  }
}
