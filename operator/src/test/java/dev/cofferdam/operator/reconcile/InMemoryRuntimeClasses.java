package dev.cofferdam.operator.reconcile;

import io.fabric8.kubernetes.api.model.node.v1.RuntimeClass;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A cluster's RuntimeClasses in a map; refuses every write with {@code failure} where it is set.
 */
final class InMemoryRuntimeClasses implements RuntimeClasses {

  final Map<String, RuntimeClass> byName = new LinkedHashMap<>();
  @Nullable KubernetesClientException failure;
  int writes;

  @Override
  public @Nullable RuntimeClass get(String name) {
    return byName.get(name);
  }

  @Override
  public void create(RuntimeClass runtimeClass) {
    write();
    if (byName.putIfAbsent(runtimeClass.getMetadata().getName(), runtimeClass) != null) {
      throw new KubernetesClientException("already exists", 409, null);
    }
  }

  @Override
  public void update(RuntimeClass runtimeClass) {
    write();
    byName.put(runtimeClass.getMetadata().getName(), runtimeClass);
  }

  @Override
  public void delete(RuntimeClass runtimeClass) {
    write();
    byName.remove(runtimeClass.getMetadata().getName());
  }

  private void write() {
    if (failure != null) {
      throw failure;
    }
    writes++;
  }
}
