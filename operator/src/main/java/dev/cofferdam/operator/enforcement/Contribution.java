package dev.cofferdam.operator.enforcement;

import dev.cofferdam.policy.Enforcement;
import dev.cofferdam.policy.Isolation;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What one policy adds to the rules.
 *
 * @param strength of its wall; 0 for Development
 * @param isWall whether its class is there, ours and of a level that counts
 * @param rule what it asks of namespaces now; null for nothing
 */
public record Contribution(int strength, boolean isWall, @Nullable Rule rule) {

  /** What is asked of which namespaces, and how hard. */
  public record Rule(Enforcement.Mode mode, Map<String, String> namespaceLabels) {
    boolean matches(Map<String, String> labels) {
      return labels.entrySet().containsAll(namespaceLabels.entrySet());
    }
  }

  /** Nothing at all. */
  public static final Contribution NONE = new Contribution(0, false, null);

  /** Whether anything is asked of a namespace with these labels. */
  public boolean asksOf(Map<String, String> namespaceLabels) {
    return rule != null && rule.matches(namespaceLabels);
  }

  /** How strong a level is, as admission compares it. */
  public static int strengthOf(Isolation isolation) {
    return switch (isolation) {
      case DEVELOPMENT -> 0;
      case APPLICATION_KERNEL -> 1;
      case VIRTUAL_MACHINE -> 2;
    };
  }
}
