package dev.cofferdam.operator.reconcile;

import io.fabric8.kubernetes.api.model.node.v1.RuntimeClass;
import org.jspecify.annotations.Nullable;

/**
 * The cluster's RuntimeClasses. Failures are the client's {@code KubernetesClientException}s.
 * Thread-safe.
 */
public interface RuntimeClasses {

  /** From the API server itself: a cache may still show what we have just deleted. */
  @Nullable RuntimeClass get(String name);

  void create(RuntimeClass runtimeClass);

  /** Fails if it was changed since it was read. */
  void update(RuntimeClass runtimeClass);

  /** Fails if it was changed since it was read. */
  void delete(RuntimeClass runtimeClass);
}
