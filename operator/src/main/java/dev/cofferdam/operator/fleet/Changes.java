package dev.cofferdam.operator.fleet;

import java.util.Set;

/**
 * What something that happened has changed, and so what there is to do.
 *
 * @param policies whose findings are different now
 * @param nodes whose labels may be
 */
public record Changes(Set<String> policies, Set<String> nodes) {
  public static final Changes NONE = new Changes(Set.of(), Set.of());

  public Changes {
    policies = Set.copyOf(policies);
    nodes = Set.copyOf(nodes);
  }

  static Changes of(Set<String> policies, String node) {
    return new Changes(policies, Set.of(node));
  }
}
