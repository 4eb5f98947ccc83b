package dev.cofferdam.operator.reconcile;

import dev.cofferdam.operator.fleet.Fleet;
import dev.cofferdam.operator.fleet.PolicyFindings;
import dev.cofferdam.operator.model.ConditionType;
import dev.cofferdam.operator.model.EnforcementPlan;
import dev.cofferdam.operator.model.Events;
import dev.cofferdam.operator.model.NodeVerdicts;
import dev.cofferdam.operator.model.OverheadPlan;
import dev.cofferdam.operator.model.Reason;
import dev.cofferdam.operator.model.Statuses;
import dev.cofferdam.operator.model.Verdict;
import dev.cofferdam.policy.Enforcement;
import dev.cofferdam.policy.SandboxPolicy;
import dev.cofferdam.policy.SandboxPolicySpec;
import dev.cofferdam.policy.SandboxPolicyStatus;
import dev.cofferdam.policy.SandboxPolicyStatus.PodOverhead;
import dev.cofferdam.policy.Validation;
import dev.cofferdam.policy.Violation;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** One pass over one policy: validate, do, tell. Thread-safe for different policies. */
final class PolicyReconciliation {

  private final RuntimeClassStep runtimeClass;
  private final Fleet fleet;
  private final Namespaces namespaces;
  private final Teller teller;
  private final Clock clock;

  PolicyReconciliation(
      RuntimeClasses runtimeClasses,
      Fleet fleet,
      Namespaces namespaces,
      Teller teller,
      Clock clock) {
    this.runtimeClass = new RuntimeClassStep(runtimeClasses);
    this.fleet = fleet;
    this.namespaces = namespaces;
    this.teller = teller;
    this.clock = clock;
  }

  /** The status that the policy should have now; equal to the one it has if nothing changed. */
  SandboxPolicyStatus run(SandboxPolicy policy) {
    List<Verdict> verdicts = new ArrayList<>();
    List<Violation> violations = Validation.check(policy.getMetadata().getName(), policy.getSpec());
    Statuses.Facts facts =
        violations.isEmpty() ? accepted(policy, verdicts) : refused(violations, verdicts);
    Statuses.changes(policy, verdicts)
        .forEach(
            verdict -> tell(policy, verdict.reason(), verdict.type() + ": " + verdict.message()));
    return Statuses.of(policy, verdicts, facts, clock.instant());
  }

  private Statuses.Facts accepted(SandboxPolicy policy, List<Verdict> verdicts) {
    String name = policy.getMetadata().getName();
    SandboxPolicySpec spec = policy.getSpec();
    verdicts.add(new Verdict(ConditionType.ACCEPTED, true, Reason.VALID, "every rule holds"));

    PolicyFindings findings = fleet.findings(name, spec);
    PodOverhead overhead = OverheadPlan.of(spec, saidOverhead(policy), findings.overhead());
    boolean known = fleet.isKnownWhereLabelled(name, spec, clock.instant());
    RuntimeClassStep.Outcome outcome = runtimeClass.run(policy, overhead, known);
    outcome.act().ifPresent(act -> tell(policy, act.reason(), act.note()));

    EnforcementPlan enforcement =
        EnforcementPlan.of(
            spec, heldMode(policy), findings.eligible(), outcome.isOurs(), namespaces.mutating());
    namespaces.publish(name, enforcement.contribution());

    verdicts.add(outcome.verdict());
    verdicts.add(NodeVerdicts.available(findings));
    verdicts.add(enforcement.overruled(namespaces.overruled(name)).verdict());
    verdicts.add(NodeVerdicts.zones(findings));
    return new Statuses.Facts(findings, overhead, enforcement.holds());
  }

  // What is there stays as it is: pods may be using the class, and namespaces rely on the rule.
  private static Statuses.Facts refused(List<Violation> violations, List<Verdict> verdicts) {
    verdicts.add(
        new Verdict(
            ConditionType.ACCEPTED,
            false,
            Reason.INVALID_SPEC,
            violations.stream().map(Violation::toString).collect(Collectors.joining("; "))));
    for (ConditionType type :
        List.of(
            ConditionType.RUNTIME_CLASS_READY,
            ConditionType.NODES_AVAILABLE,
            ConditionType.ENFORCED,
            ConditionType.ZONES_COVERED)) {
      verdicts.add(
          new Verdict(
              type,
              false,
              Reason.NOT_ACCEPTED,
              "nothing is done for a policy that is not accepted"));
    }
    return Statuses.Facts.NONE;
  }

  /** By the policy's own status, or if that was lost, by what admission holds pods to. */
  private Enforcement.@Nullable Mode heldMode(SandboxPolicy policy) {
    SandboxPolicyStatus status = policy.getStatus();
    return status != null && status.enforcing() != null
        ? status.enforcing().mode()
        : namespaces.held(policy.getMetadata().getName());
  }

  private static @Nullable PodOverhead saidOverhead(SandboxPolicy policy) {
    return policy.getStatus() == null ? null : policy.getStatus().overhead();
  }

  private void tell(SandboxPolicy policy, Reason reason, String note) {
    teller.tell(Events.about(policy), reason, note);
  }
}
