package dev.cofferdam.operator.reconcile;

import dev.cofferdam.operator.model.Reason;
import dev.cofferdam.policy.SandboxPolicy;
import dev.cofferdam.policy.SandboxPolicyStatus;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.node.v1.RuntimeClass;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.javaoperatorsdk.operator.api.config.informer.InformerEventSourceConfiguration;
import io.javaoperatorsdk.operator.api.reconciler.Context;
import io.javaoperatorsdk.operator.api.reconciler.ControllerConfiguration;
import io.javaoperatorsdk.operator.api.reconciler.EventSourceContext;
import io.javaoperatorsdk.operator.api.reconciler.PrimaryUpdateAndCacheUtils;
import io.javaoperatorsdk.operator.api.reconciler.Reconciler;
import io.javaoperatorsdk.operator.api.reconciler.UpdateControl;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import io.javaoperatorsdk.operator.processing.event.source.EventSource;
import io.javaoperatorsdk.operator.processing.event.source.informer.InformerEventSource;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/** The glue between the operator SDK and {@link PolicyReconciliation}. */
@ControllerConfiguration(name = SandboxPolicyReconciler.NAME)
public final class SandboxPolicyReconciler implements Reconciler<SandboxPolicy> {

  public static final String NAME = "sandboxpolicy";

  /** How soon a refusal is tried again: nothing tells us that rights or rules have changed. */
  private static final Duration AFTER_REFUSAL = Duration.ofMinutes(1);

  private final PolicyReconciliation reconciliation;

  public SandboxPolicyReconciler(KubernetesClient client) {
    this.reconciliation =
        new PolicyReconciliation(
            new ClusterRuntimeClasses(client),
            new ClusterEvents(client),
            Clock.systemUTC(),
            Objects.requireNonNullElse(System.getenv("HOSTNAME"), "operator"));
  }

  /** Every class wakes the policy of its name: ours when changed, another's when it goes away. */
  @Override
  public List<EventSource<?, SandboxPolicy>> prepareEventSources(
      EventSourceContext<SandboxPolicy> context) {
    return List.of(
        new InformerEventSource<>(
            InformerEventSourceConfiguration.from(RuntimeClass.class, SandboxPolicy.class)
                .withSecondaryToPrimaryMapper(
                    runtimeClass -> Set.of(new ResourceID(runtimeClass.getMetadata().getName())))
                .build(),
            context));
  }

  @Override
  public UpdateControl<SandboxPolicy> reconcile(
      SandboxPolicy policy, Context<SandboxPolicy> context) {
    SandboxPolicyStatus status = reconciliation.run(policy);
    if (!status.equals(policy.getStatus())) {
      // And into the cache: else the class that we have just made wakes us before our own status
      // has come back, and every Event would be told twice.
      PrimaryUpdateAndCacheUtils.ssaPatchStatusAndCacheResource(
          policy, onlyStatus(policy, status), context);
    }
    boolean refused =
        status.conditions().stream()
            .anyMatch(condition -> condition.getReason().equals(Reason.REFUSED.toString()));
    UpdateControl<SandboxPolicy> done = UpdateControl.noUpdate();
    return refused ? done.rescheduleAfter(AFTER_REFUSAL) : done;
  }

  // Server-side apply takes what is ours and nothing else.
  private static SandboxPolicy onlyStatus(SandboxPolicy policy, SandboxPolicyStatus status) {
    SandboxPolicy patch = new SandboxPolicy();
    patch.setMetadata(new ObjectMetaBuilder().withName(policy.getMetadata().getName()).build());
    patch.setStatus(status);
    return patch;
  }
}
