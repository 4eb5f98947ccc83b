package dev.cofferdam.operator.reconcile;

import dev.cofferdam.operator.model.ConditionType;
import dev.cofferdam.operator.model.Reason;
import dev.cofferdam.operator.model.RuntimeClassPlan;
import dev.cofferdam.operator.model.Statuses;
import dev.cofferdam.operator.model.Verdict;
import dev.cofferdam.policy.SandboxPolicy;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.util.Optional;
import java.util.Set;

/** Makes the RuntimeClass of a policy what it should be. */
final class RuntimeClassStep {

  /** Answers of the API server that repeating alone does not change: forbidden, invalid. */
  private static final Set<Integer> REFUSALS = Set.of(400, 403, 422);

  private final RuntimeClasses runtimeClasses;

  RuntimeClassStep(RuntimeClasses runtimeClasses) {
    this.runtimeClasses = runtimeClasses;
  }

  /** What was done, if anything was, and what is so now. */
  record Outcome(Verdict verdict, Optional<Act> act) {}

  /** Something that people should know of. */
  record Act(Reason reason, String note) {}

  Outcome run(SandboxPolicy policy) {
    String name = policy.getMetadata().getName();
    RuntimeClassPlan plan = RuntimeClassPlan.of(policy, runtimeClasses.get(name));
    try {
      return new Outcome(verdict(plan, name), execute(plan, policy));
    } catch (KubernetesClientException e) {
      if (!REFUSALS.contains(e.getCode())) {
        throw e;
      }
      return new Outcome(
          not(
              Reason.REFUSED,
              "the API server refused RuntimeClass " + name + ": " + e.getMessage()),
          Optional.empty());
    }
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
