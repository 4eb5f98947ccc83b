package dev.cofferdam.operator.enforcement;

import dev.cofferdam.policy.Enforcement;
import java.util.Comparator;
import java.util.Map;
import java.util.Optional;

/** Where several policies ask something of one namespace the strictest wins. Pure. */
public final class Overruling {
  private Overruling() {}

  /**
   * In words, where another policy of the same mode wins over this one; empty where none does.
   *
   * @param policies by name, this one among them
   * @param namespaces their labels, by name
   */
  public static Optional<String> of(
      String name,
      Map<String, Contribution> policies,
      Map<String, Map<String, String>> namespaces) {
    Contribution ours = policies.getOrDefault(name, Contribution.NONE);
    Contribution.Rule rule = ours.rule();
    if (rule == null) {
      return Optional.empty();
    }
    return namespaces.entrySet().stream()
        .filter(namespace -> rule.matches(namespace.getValue()))
        .sorted(Map.Entry.comparingByKey())
        .flatMap(
            namespace ->
                policies.entrySet().stream()
                    .filter(other -> winsOver(other, name, ours, rule, namespace.getValue()))
                    .min(Comparator.comparing(Map.Entry::getKey))
                    .map(
                        other ->
                            "in namespace %s SandboxPolicy %s is stricter and wins"
                                .formatted(namespace.getKey(), other.getKey()))
                    .stream())
        .findFirst();
  }

  private static boolean winsOver(
      Map.Entry<String, Contribution> other,
      String name,
      Contribution ours,
      Contribution.Rule rule,
      Map<String, String> labels) {
    Contribution.Rule otherRule = other.getValue().rule();
    if (otherRule == null || otherRule.mode() != rule.mode() || other.getKey().equals(name)) {
      return false;
    }
    int stricter = Integer.compare(other.getValue().strength(), ours.strength());
    // Of two equal defaults one has to be taken; of two equal demands both are met.
    boolean first =
        rule.mode() == Enforcement.Mode.DEFAULT
            && stricter == 0
            && other.getKey().compareTo(name) < 0;
    return (stricter > 0 || first) && otherRule.matches(labels);
  }
}
