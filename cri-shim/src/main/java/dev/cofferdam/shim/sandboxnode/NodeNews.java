package dev.cofferdam.shim.sandboxnode;

import dev.cofferdam.policy.node.NodeCondition;
import dev.cofferdam.policy.node.SandboxNodeStatus;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * What of a changed status is worth an Event of the Node.
 *
 * @param warning whether a person should look
 * @param reason in one word
 * @param message in one sentence
 */
record NodeNews(boolean warning, String reason, String message) {
  private static final String FALSE = "False";

  /** What has changed between a status that was told and the next. */
  static List<NodeNews> of(SandboxNodeStatus told, SandboxNodeStatus next) {
    List<NodeNews> news = new ArrayList<>();
    String before = told.containerdVersion();
    String now = next.containerdVersion();
    if (before != null && !before.equals(now)) {
      news.add(
          new NodeNews(
              false, "ContainerdReplaced", before + " was replaced by " + now + ", and checked"));
    }
    for (NodeCondition condition : next.conditions()) {
      boolean is = condition.status().equals(FALSE);
      if (is != was(told, condition.type())) {
        news.add(
            new NodeNews(
                is,
                is ? "Not" + condition.type() : condition.type(),
                Objects.requireNonNullElse(condition.message(), "")));
      }
    }
    return news;
  }

  private static boolean was(SandboxNodeStatus told, String type) {
    return told.conditions().stream()
        .anyMatch(each -> each.type().equals(type) && each.status().equals(FALSE));
  }
}
