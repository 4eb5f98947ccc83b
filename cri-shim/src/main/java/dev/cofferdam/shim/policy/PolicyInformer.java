package dev.cofferdam.shim.policy;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.cofferdam.policy.SandboxPolicy;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.dsl.base.ResourceDefinitionContext;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Watches the API server's policies, for as long as it is open and whatever the API server does.
 */
final class PolicyInformer implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(PolicyInformer.class);
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final ResourceDefinitionContext POLICIES =
      new ResourceDefinitionContext.Builder()
          .withGroup(SandboxPolicy.GROUP)
          .withVersion(SandboxPolicy.VERSION)
          .withKind("SandboxPolicy")
          .withPlural("sandboxpolicies")
          .withNamespaced(false)
          .build();

  private final KubernetesClient client;
  private final SharedIndexInformer<GenericKubernetesResource> informer;

  /** Returns at once; {@code changed} runs after each change, on a thread of the informer's. */
  PolicyInformer(Path kubeconfig, ClusterPolicies policies, Runnable changed) {
    Config config = Config.fromKubeconfig(kubeconfig.toFile());
    client = new KubernetesClientBuilder().withConfig(config).build();
    informer = client.genericKubernetesResources(POLICIES).runnableInformer(0);
    informer
        .addEventHandler(new Changes(policies, changed))
        // Away, or the CRD is not there yet: go on trying; what is known stays in force.
        .exceptionHandler(
            (started, failure) -> {
              LOG.warn("policies of the API server: {}; trying again", failure.getMessage());
              return true;
            });
    var _ =
        informer
            .start()
            .thenRun(
                () -> {
                  policies.retain(
                      informer.getStore().list().stream()
                          .map(policy -> policy.getMetadata().getName())
                          .collect(Collectors.toSet()));
                  changed.run();
                })
            .whenComplete(
                (_, failure) -> {
                  if (failure != null) {
                    LOG.error("policies of the API server are not followed", failure);
                  }
                });
  }

  @Override
  public void close() {
    informer.close();
    client.close();
  }

  /**
   * The part of a policy that a node acts on, as JSON. Without its status, so that a newer
   * operator's new fields do not trouble us.
   */
  static byte[] document(GenericKubernetesResource policy) {
    GenericKubernetesResource bare = new GenericKubernetesResource();
    bare.setApiVersion(policy.getApiVersion());
    bare.setKind(policy.getKind());
    bare.setMetadata(
        new ObjectMetaBuilder()
            .withName(policy.getMetadata().getName())
            .withUid(policy.getMetadata().getUid())
            .withGeneration(policy.getMetadata().getGeneration())
            .build());
    bare.setAdditionalProperty("spec", policy.getAdditionalProperties().get("spec"));
    try {
      return JSON.writeValueAsBytes(bare);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private record Changes(ClusterPolicies policies, Runnable changed)
      implements ResourceEventHandler<GenericKubernetesResource> {
    @Override
    public void onAdd(GenericKubernetesResource policy) {
      if (policies.put(policy.getMetadata().getName(), document(policy))) {
        changed.run();
      }
    }

    @Override
    public void onUpdate(GenericKubernetesResource old, GenericKubernetesResource policy) {
      onAdd(policy);
    }

    @Override
    public void onDelete(GenericKubernetesResource policy, boolean finalStateUnknown) {
      policies.remove(policy.getMetadata().getName());
    }
  }
}
