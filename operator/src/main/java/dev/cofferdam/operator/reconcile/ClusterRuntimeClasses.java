package dev.cofferdam.operator.reconcile;

import io.fabric8.kubernetes.api.model.node.v1.RuntimeClass;
import io.fabric8.kubernetes.client.KubernetesClient;
import org.jspecify.annotations.Nullable;

/** RuntimeClasses through the API server. */
final class ClusterRuntimeClasses implements RuntimeClasses {

  private final KubernetesClient client;
  private final Runnable written;

  /**
   * @param written called after each write
   */
  ClusterRuntimeClasses(KubernetesClient client, Runnable written) {
    this.client = client;
    this.written = written;
  }

  @Override
  public @Nullable RuntimeClass get(String name) {
    return client.resources(RuntimeClass.class).withName(name).get();
  }

  @Override
  public void create(RuntimeClass runtimeClass) {
    client.resource(runtimeClass).create();
    written.run();
  }

  @Override
  public void update(RuntimeClass runtimeClass) {
    client
        .resource(runtimeClass)
        .lockResourceVersion(runtimeClass.getMetadata().getResourceVersion())
        .update();
    written.run();
  }

  @Override
  public void delete(RuntimeClass runtimeClass) {
    client
        .resource(runtimeClass)
        .lockResourceVersion(runtimeClass.getMetadata().getResourceVersion())
        .delete();
    written.run();
  }
}
