package dev.cofferdam.operator.reconcile;

import dev.cofferdam.operator.model.ConditionType;
import dev.cofferdam.operator.model.Reason;
import dev.cofferdam.operator.watch.Leader;
import dev.cofferdam.policy.SandboxPolicy;
import dev.cofferdam.policy.SandboxPolicyStatus;
import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.node.v1.RuntimeClass;
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
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** The glue between the operator SDK and {@link PolicyReconciliation}. */
@ControllerConfiguration(name = SandboxPolicyReconciler.NAME)
public final class SandboxPolicyReconciler implements Reconciler<SandboxPolicy> {

  public static final String NAME = "sandboxpolicy";

  /** How soon a refusal is tried again: nothing tells us that rights or rules have changed. */
  private static final Duration AFTER_REFUSAL = Duration.ofMinutes(1);

  /** How soon it is looked again whether all nodes concerned have heard of a policy. */
  private static final Duration WHILE_AWAITING = Duration.ofMillis(200);

  private final Leader leader;
  private final PolicyReconciliation reconciliation;

  public SandboxPolicyReconciler(Leader leader) {
    this.leader = leader;
    this.reconciliation =
        new PolicyReconciliation(
            new ClusterRuntimeClasses(leader.client(), leader.metrics()::runtimeClassWritten),
            leader.fleet(),
            leader.namespaces(),
            leader.teller(),
            leader.clock());
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
            context),
        leader.fleetSource());
  }

  @Override
  public UpdateControl<SandboxPolicy> reconcile(
      SandboxPolicy policy, Context<SandboxPolicy> context) {
    leader.lead();
    SandboxPolicyStatus status = reconciliation.run(policy);
    leader.told(policy.getMetadata().getName(), status);
    if (!status.equals(policy.getStatus())) {
      // And into the cache: else the class that we have just made wakes us before our own status
      // has come back, and every Event would be told twice.
      PrimaryUpdateAndCacheUtils.ssaPatchStatusAndCacheResource(
          policy, onlyStatus(policy, status), context);
      leader.metrics().statusWritten();
    }
    UpdateControl<SandboxPolicy> done = UpdateControl.noUpdate();
    return again(status).map(done::rescheduleAfter).orElse(done);
  }

  private static Optional<Duration> again(SandboxPolicyStatus status) {
    String reason =
        status.conditions().stream()
            .filter(
                condition ->
                    condition.getType().equals(ConditionType.RUNTIME_CLASS_READY.toString()))
            .map(Condition::getReason)
            .findFirst()
            .orElse("");
    if (reason.equals(Reason.REFUSED.toString())) {
      return Optional.of(AFTER_REFUSAL);
    }
    return reason.equals(Reason.AWAITING_NODES.toString())
        ? Optional.of(WHILE_AWAITING)
        : Optional.empty();
  }

  // Server-side apply takes what is ours and nothing else.
  private static SandboxPolicy onlyStatus(SandboxPolicy policy, SandboxPolicyStatus status) {
    SandboxPolicy patch = new SandboxPolicy();
    patch.setMetadata(new ObjectMetaBuilder().withName(policy.getMetadata().getName()).build());
    patch.setStatus(status);
    return patch;
  }
}
