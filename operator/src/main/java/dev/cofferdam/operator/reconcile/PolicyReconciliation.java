package dev.cofferdam.operator.reconcile;

import dev.cofferdam.operator.model.ConditionType;
import dev.cofferdam.operator.model.PolicyEvents;
import dev.cofferdam.operator.model.Reason;
import dev.cofferdam.operator.model.Statuses;
import dev.cofferdam.operator.model.Verdict;
import dev.cofferdam.policy.SandboxPolicy;
import dev.cofferdam.policy.SandboxPolicyStatus;
import dev.cofferdam.policy.Validation;
import dev.cofferdam.policy.Violation;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;

/** One pass over one policy: validate, do, tell. Thread-safe for different policies. */
final class PolicyReconciliation {

  private final RuntimeClassStep runtimeClass;
  private final EventSink events;
  private final Clock clock;
  private final String instance;
  private final AtomicLong sequence = new AtomicLong();

  PolicyReconciliation(
      RuntimeClasses runtimeClasses, EventSink events, Clock clock, String instance) {
    this.runtimeClass = new RuntimeClassStep(runtimeClasses);
    this.events = events;
    this.clock = clock;
    this.instance = instance;
  }

  /** The status that the policy should have now; equal to the one it has if nothing changed. */
  SandboxPolicyStatus run(SandboxPolicy policy) {
    List<Verdict> verdicts = new ArrayList<>();
    List<Violation> violations = Validation.check(policy.getMetadata().getName(), policy.getSpec());
    if (violations.isEmpty()) {
      verdicts.add(new Verdict(ConditionType.ACCEPTED, true, Reason.VALID, "every rule holds"));
      RuntimeClassStep.Outcome outcome = runtimeClass.run(policy);
      outcome.act().ifPresent(act -> tell(policy, act.reason(), act.note()));
      verdicts.add(outcome.verdict());
    } else {
      verdicts.add(
          new Verdict(
              ConditionType.ACCEPTED,
              false,
              Reason.INVALID_SPEC,
              violations.stream().map(Violation::toString).collect(Collectors.joining("; "))));
      // A class that is there already stays as it is: pods may be using it.
      verdicts.add(
          new Verdict(
              ConditionType.RUNTIME_CLASS_READY,
              false,
              Reason.NOT_ACCEPTED,
              "nothing is done for a policy that is not accepted"));
    }
    Statuses.changes(policy, verdicts)
        .forEach(
            verdict -> tell(policy, verdict.reason(), verdict.type() + ": " + verdict.message()));
    return Statuses.of(policy, verdicts, clock.instant());
  }

  private void tell(SandboxPolicy policy, Reason reason, String note) {
    Instant now = clock.instant();
    events.write(PolicyEvents.of(policy, reason, note, instance, now, sequence.incrementAndGet()));
  }
}
