package dev.cofferdam.operator.model;

import dev.cofferdam.operator.enforcement.Contribution;
import dev.cofferdam.policy.Enforcement;
import dev.cofferdam.policy.SandboxPolicySpec;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Whether what a policy asks of namespaces holds. Default and Require begin when a node can serve
 * the policy, since before that they would only stop the namespace dead; once begun they hold
 * whatever becomes of the nodes, until a person changes the mode.
 *
 * @param contribution what admission is to know of the policy
 * @param holds the mode that holds now; null for none
 * @param verdict the condition, as far as it is known before other policies are looked at
 */
public record EnforcementPlan(
    Contribution contribution, Enforcement.@Nullable Mode holds, Verdict verdict) {

  /**
   * What is to hold now.
   *
   * @param heldMode the mode that held so far; null for none
   * @param eligible nodes that can serve the policy
   * @param classReady whether its RuntimeClass is there and ours
   * @param mutating whether the chart's MutatingAdmissionPolicy is there, and served
   */
  public static EnforcementPlan of(
      SandboxPolicySpec policy,
      Enforcement.@Nullable Mode heldMode,
      int eligible,
      boolean classReady,
      boolean mutating) {
    int strength = Contribution.strengthOf(policy.isolation());
    Enforcement asked = policy.enforcement();
    if (asked == null) {
      return new EnforcementPlan(
          new Contribution(strength, classReady, null),
          null,
          verdict(false, Reason.NOT_ASKED, "the policy asks nothing of namespaces"));
    }
    boolean holds =
        asked.mode() == Enforcement.Mode.AUDIT || asked.mode() == heldMode || eligible > 0;
    if (!holds) {
      return new EnforcementPlan(
          new Contribution(strength, classReady, null),
          null,
          verdict(
              false,
              Reason.NO_ELIGIBLE_NODE,
              asked.mode() + " begins when the first node can serve the policy"));
    }
    Contribution contribution =
        new Contribution(
            strength,
            classReady,
            new Contribution.Rule(asked.mode(), asked.namespaceSelector().matchLabels()));
    if (asked.mode() == Enforcement.Mode.DEFAULT && !mutating) {
      return new EnforcementPlan(
          contribution,
          asked.mode(),
          verdict(
              false,
              Reason.NOT_SERVED,
              "no pod is given a class: this API server serves no MutatingAdmissionPolicy, or did"
                  + " not when the chart was installed; then, helm upgrade"));
    }
    return new EnforcementPlan(
        contribution, asked.mode(), verdict(true, Reason.HOLDS, text(asked.mode())));
  }

  /** The same, told that another policy is stricter somewhere. */
  public EnforcementPlan overruled(Optional<String> where) {
    return where.isEmpty() || !verdict.holds()
        ? this
        : new EnforcementPlan(
            contribution, holds, verdict(true, Reason.STRICTER_POLICY_WINS, where.get()));
  }

  private static String text(Enforcement.Mode mode) {
    return switch (mode) {
      case AUDIT -> "pods with a weaker wall are warned of";
      case DEFAULT -> "pods that name no class get this policy's";
      case REQUIRE -> "pods with a weaker wall are refused";
    };
  }

  private static Verdict verdict(boolean holds, Reason reason, String message) {
    return new Verdict(ConditionType.ENFORCED, holds, reason, message);
  }
}
