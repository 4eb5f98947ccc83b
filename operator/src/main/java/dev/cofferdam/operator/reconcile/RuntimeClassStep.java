package dev.cofferdam.operator.reconcile;

import dev.cofferdam.operator.model.ConditionType;
import dev.cofferdam.operator.model.Reason;
import dev.cofferdam.operator.model.RuntimeClassPlan;
import dev.cofferdam.operator.model.Statuses;
import dev.cofferdam.operator.model.Verdict;
import dev.cofferdam.policy.SandboxPolicy;
import dev.cofferdam.policy.SandboxPolicyStatus.PodOverhead;
import io.fabric8.kubernetes.api.model.node.v1.RuntimeClass;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Makes the RuntimeClass of a policy what it should be. */
final class RuntimeClassStep {

  /** Answers of the API server that repeating alone does not change: forbidden, invalid. */
  private static final Set<Integer> REFUSALS = Set.of(400, 403, 422);

  private final RuntimeClasses runtimeClasses;

  RuntimeClassStep(RuntimeClasses runtimeClasses) {
    this.runtimeClasses = runtimeClasses;
  }

  /**
   * What was done, if anything was, and what is so now.
   *
   * @param isOurs whether a class of the policy's name is there and stands for a wall of ours
   */
  record Outcome(Verdict verdict, Optional<Act> act, boolean isOurs) {}

  /** Something that people should know of. */
  record Act(Reason reason, String note) {}

  /**
   * @param overhead what the class should say that a sandbox costs; null for nothing
   * @param known whether the nodes that the class would match know the policy; else nothing is made
   *     or changed, and the next pass tries again
   */
  Outcome run(SandboxPolicy policy, @Nullable PodOverhead overhead, boolean known) {
    String name = policy.getMetadata().getName();
    RuntimeClass actual = runtimeClasses.get(name);
    RuntimeClassPlan plan = RuntimeClassPlan.of(policy, overhead, actual);
    boolean taken = plan instanceof RuntimeClassPlan.Taken;
    if (!known && waits(plan)) {
      return new Outcome(
          not(
              Reason.AWAITING_NODES,
              "nodes that already serve what the policy asks for have not all heard of it yet"),
          Optional.empty(),
          actual != null);
    }
    try {
      return new Outcome(verdict(plan, name), execute(plan, policy), !taken);
    } catch (KubernetesClientException e) {
      if (!REFUSALS.contains(e.getCode())) {
        throw e;
      }
      return new Outcome(
          not(
              Reason.REFUSED,
              "the API server refused RuntimeClass " + name + ": " + e.getMessage()),
          Optional.empty(),
          !taken && actual != null && actual.getHandler().equals(SandboxPolicy.handlerOf(name)));
    }
  }

  private static boolean waits(RuntimeClassPlan plan) {
    return switch (plan) {
      case RuntimeClassPlan.Create create -> true;
      case RuntimeClassPlan.Update update -> update.differences().contains("scheduling");
      case RuntimeClassPlan.Keep keep -> false;
      case RuntimeClassPlan.Taken taken -> false;
      // Another handler is a hole that must not stay open for a moment.
      case RuntimeClassPlan.Replace replace -> false;
    };
  }

  private static Verdict verdict(RuntimeClassPlan plan, String name) {
    if (plan instanceof RuntimeClassPlan.Taken(String owner)) {
      return not(
          Reason.NAME_TAKEN,
          "RuntimeClass %s belongs to %s and is left alone; delete it or rename the policy"
              .formatted(name, owner));
    }
    return new Verdict(
        ConditionType.RUNTIME_CLASS_READY,
        true,
        Reason.IN_PLACE,
        "RuntimeClass %s has handler %s".formatted(name, SandboxPolicy.handlerOf(name)));
  }

  private Optional<Act> execute(RuntimeClassPlan plan, SandboxPolicy policy) {
    String name = policy.getMetadata().getName();
    return switch (plan) {
      case RuntimeClassPlan.Keep keep -> Optional.empty();
      case RuntimeClassPlan.Taken taken -> Optional.empty();
      case RuntimeClassPlan.Create create -> {
        runtimeClasses.create(create.desired());
        yield Optional.of(
            Statuses.held(policy, ConditionType.RUNTIME_CLASS_READY)
                ? new Act(Reason.REPAIRED, "RuntimeClass " + name + " was gone; made it anew")
                : new Act(Reason.CREATED, "made RuntimeClass " + name));
      }
      case RuntimeClassPlan.Update update -> {
        runtimeClasses.update(update.changed());
        String differences = String.join(", ", update.differences());
        yield Optional.of(
            wasEdited(policy)
                ? new Act(Reason.UPDATED, "RuntimeClass " + name + " follows: " + differences)
                : new Act(
                    Reason.REPAIRED,
                    "somebody changed RuntimeClass " + name + "; put right: " + differences));
      }
      case RuntimeClassPlan.Replace replace -> {
        runtimeClasses.delete(replace.actual());
        runtimeClasses.create(replace.desired());
        yield Optional.of(
            new Act(
                Reason.REPAIRED,
                "RuntimeClass %s had handler %s, which cannot be changed; made it anew"
                    .formatted(name, replace.actual().getHandler())));
      }
    };
  }

  private static boolean wasEdited(SandboxPolicy policy) {
    return policy.getStatus() == null
        || !policy.getMetadata().getGeneration().equals(policy.getStatus().observedGeneration());
  }

  private static Verdict not(Reason reason, String message) {
    return new Verdict(ConditionType.RUNTIME_CLASS_READY, false, reason, message);
  }
}
