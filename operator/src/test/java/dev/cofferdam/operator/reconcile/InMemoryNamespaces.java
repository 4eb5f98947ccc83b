package dev.cofferdam.operator.reconcile;

import dev.cofferdam.operator.enforcement.Contribution;
import dev.cofferdam.policy.Enforcement;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What admission is told, for tests. */
final class InMemoryNamespaces implements Namespaces {
  final Map<String, Contribution> published = new HashMap<>();
  boolean mutating = true;

  @Override
  public Enforcement.@Nullable Mode held(String policy) {
    Contribution.Rule rule = published.getOrDefault(policy, Contribution.NONE).rule();
    return rule == null ? null : rule.mode();
  }

  @Override
  public boolean mutating() {
    return mutating;
  }

  @Override
  public void publish(String policy, Contribution contribution) {
    published.put(policy, contribution);
  }

  @Override
  public Optional<String> overruled(String policy) {
    return Optional.empty();
  }
}
