package dev.cofferdam.operator.enforcement;

import dev.cofferdam.policy.Enforcement;
import dev.cofferdam.policy.enforcement.NamespaceRule;
import dev.cofferdam.policy.enforcement.SandboxEnforcementSpec;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** The objects that admission reads, out of what the policies contribute, and back. Pure. */
public final class Rules {
  /** Names that fit a message; the API server cuts it off at 1,024 bytes. */
  private static final int MOST_NAMES = 10;

  private static final int STRONGEST = 2;

  private Rules() {}

  /**
   * The object of each mode.
   *
   * @param policies by name
   */
  public static Map<Enforcement.Mode, SandboxEnforcementSpec> of(
      Map<String, Contribution> policies) {
    Map<String, Integer> classes = new TreeMap<>();
    Map<Enforcement.Mode, List<NamespaceRule>> rules = new EnumMap<>(Enforcement.Mode.class);
    policies.forEach(
        (name, contribution) -> {
          if (contribution.isWall() && contribution.strength() > 0) {
            classes.put(name, contribution.strength());
          }
          Contribution.Rule rule = contribution.rule();
          if (rule != null) {
            rules
                .computeIfAbsent(rule.mode(), mode -> new ArrayList<>())
                .add(new NamespaceRule(name, contribution.strength(), rule.namespaceLabels()));
          }
        });
    Map<String, String> enough = enough(classes);
    Map<Enforcement.Mode, SandboxEnforcementSpec> specs = new EnumMap<>(Enforcement.Mode.class);
    for (Enforcement.Mode mode : Enforcement.Mode.values()) {
      List<NamespaceRule> ofMode = rules.getOrDefault(mode, new ArrayList<>());
      ofMode.sort(
          Comparator.comparingInt(NamespaceRule::strength)
              .reversed()
              .thenComparing(NamespaceRule::policy));
      specs.put(mode, new SandboxEnforcementSpec(ofMode, classes, enough));
    }
    return specs;
  }

  /** What the objects say that each policy contributed: for a process that has just started. */
  public static Map<String, Contribution> contributions(
      Map<Enforcement.Mode, SandboxEnforcementSpec> specs) {
    Map<String, Contribution> policies = new HashMap<>();
    specs.values().stream()
        .flatMap(spec -> spec.classes().entrySet().stream())
        .forEach(
            wall -> policies.put(wall.getKey(), new Contribution(wall.getValue(), true, null)));
    specs.forEach(
        (mode, spec) ->
            spec.rules()
                .forEach(
                    rule ->
                        policies.put(
                            rule.policy(),
                            new Contribution(
                                rule.strength(),
                                spec.classes().containsKey(rule.policy()),
                                new Contribution.Rule(mode, rule.namespaceLabels())))));
    return policies;
  }

  private static Map<String, String> enough(Map<String, Integer> classes) {
    SortedMap<String, String> texts = new TreeMap<>();
    for (int strength = 0; strength <= STRONGEST; strength++) {
      int least = strength;
      List<String> names =
          classes.entrySet().stream()
              .filter(wall -> wall.getValue() >= least)
              .map(Map.Entry::getKey)
              .toList();
      String text = names.stream().limit(MOST_NAMES).collect(Collectors.joining(", "));
      texts.put(
          String.valueOf(strength),
          names.isEmpty()
              ? "none so far"
              : names.size() > MOST_NAMES
                  ? text + " and " + (names.size() - MOST_NAMES) + " more"
                  : text);
    }
    return texts;
  }
}
