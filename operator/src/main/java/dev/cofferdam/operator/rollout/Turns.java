package dev.cofferdam.operator.rollout;

import java.util.Comparator;
import java.util.List;

/** Who comes next. */
public final class Turns {
  private Turns() {}

  /**
   * The pods that may install on their nodes now, in the order of the nodes' names. None after one
   * of the same revision has failed: what breaks one node isn't tried on the next. Deleting that
   * pod, or another revision, goes on.
   *
   * @param all the DaemonSet's pods, without those that end
   * @param most nodes that may be at work at a time
   */
  public static List<Agent> next(List<Agent> all, int most) {
    long atWork = all.stream().filter(Agent::atWork).count();
    return all.stream()
        .filter(agent -> agent.turn().isEmpty() && !agent.node().isEmpty())
        .filter(
            agent ->
                all.stream()
                    .noneMatch(
                        other -> other.failed() && other.revision().equals(agent.revision())))
        .sorted(Comparator.comparing(Agent::node))
        .limit(Math.max(0, most - atWork))
        .toList();
  }

  /** The DaemonSet's own setting: a number, or a share of the nodes, at least one. */
  public static int most(String maxUnavailable, int nodes) {
    int number = Integer.parseInt(maxUnavailable.replace("%", ""));
    return Math.max(1, maxUnavailable.endsWith("%") ? nodes * number / 100 : number);
  }
}
