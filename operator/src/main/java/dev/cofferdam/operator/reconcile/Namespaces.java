package dev.cofferdam.operator.reconcile;

import dev.cofferdam.operator.enforcement.Contribution;
import dev.cofferdam.policy.Enforcement;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What admission is told to ask of namespaces. Thread-safe. */
public interface Namespaces {

  /** The mode of a policy that admission already holds pods to; null for none. */
  Enforcement.@Nullable Mode held(String policy);

  /** Whether the chart's MutatingAdmissionPolicy is there, and the API server serves it. */
  boolean mutating();

  /**
   * Makes admission act on what a policy contributes; returns when it is written. Failures are the
   * client's {@code KubernetesClientException}s.
   */
  void publish(String policy, Contribution contribution);

  /** In words, where another policy wins over this one. */
  Optional<String> overruled(String policy);
}
