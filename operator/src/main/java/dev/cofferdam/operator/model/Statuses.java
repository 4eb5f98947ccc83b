package dev.cofferdam.operator.model;

import dev.cofferdam.operator.fleet.PolicyFindings;
import dev.cofferdam.policy.Enforcement;
import dev.cofferdam.policy.SandboxPolicy;
import dev.cofferdam.policy.SandboxPolicyStatus;
import dev.cofferdam.policy.SandboxPolicyStatus.Enforcing;
import dev.cofferdam.policy.SandboxPolicyStatus.PodOverhead;
import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.ConditionBuilder;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The status of a policy out of its verdicts. */
public final class Statuses {

  private Statuses() {}

  /**
   * What a pass found out beside its verdicts.
   *
   * @param holds the mode that holds in the namespaces; null for none
   */
  public record Facts(
      PolicyFindings findings, @Nullable PodOverhead overhead, Enforcement.@Nullable Mode holds) {
    public static final Facts NONE = new Facts(PolicyFindings.NONE, null, null);
  }

  /** Equal to the status that the policy has, if nothing changed but the time. */
  public static SandboxPolicyStatus of(
      SandboxPolicy policy, List<Verdict> verdicts, Facts facts, Instant now) {
    String backends =
        policy.getSpec().backends().stream()
            .map(choice -> choice.type().toString())
            .distinct()
            .collect(Collectors.joining(","));
    PolicyFindings findings = facts.findings();
    return new SandboxPolicyStatus(
        policy.getMetadata().getGeneration(),
        holds(verdicts, ConditionType.RUNTIME_CLASS_READY) ? policy.getMetadata().getName() : null,
        new SandboxPolicyStatus.NodeCount(findings.eligible(), findings.total()),
        findings.backends().entrySet().stream()
            .map(count -> new SandboxPolicyStatus.BackendCount(count.getKey(), count.getValue()))
            .toList(),
        findings.zones().entrySet().stream()
            .map(
                zone ->
                    new SandboxPolicyStatus.ZoneCount(
                        zone.getKey(), zone.getValue().eligible(), zone.getValue().total()))
            .toList(),
        facts.overhead(),
        enforcing(policy, facts.holds(), now),
        new SandboxPolicyStatus.Summary(backends, findings.eligible() + "/" + findings.total()),
        verdicts.stream().map(verdict -> condition(policy, verdict, now)).toList());
  }

  private static @Nullable Enforcing enforcing(
      SandboxPolicy policy, Enforcement.@Nullable Mode holds, Instant now) {
    if (holds == null) {
      return null;
    }
    Enforcing said = policy.getStatus() == null ? null : policy.getStatus().enforcing();
    return said != null && said.mode() == holds
        ? said
        : new Enforcing(holds, now.truncatedTo(ChronoUnit.SECONDS).toString());
  }

  /**
   * The verdicts with another status or reason than the policy's status has now. Messages count
   * nodes and quote them: they may change with every probe, and nobody wants an Event of that.
   */
  public static List<Verdict> changes(SandboxPolicy policy, List<Verdict> verdicts) {
    return verdicts.stream()
        .filter(
            verdict ->
                !(isNew(policy, verdict.type()) && verdict.reason().quiet())
                    && previous(policy, verdict.type())
                        .filter(
                            old ->
                                old.getStatus().equals(statusOf(verdict))
                                    && old.getReason().equals(verdict.reason().toString()))
                        .isEmpty())
        .toList();
  }

  /** Whether the policy's status says that this condition holds. */
  public static boolean held(SandboxPolicy policy, ConditionType type) {
    return previous(policy, type).filter(old -> old.getStatus().equals("True")).isPresent();
  }

  private static boolean isNew(SandboxPolicy policy, ConditionType type) {
    return previous(policy, type).isEmpty();
  }

  private static boolean holds(List<Verdict> verdicts, ConditionType type) {
    return verdicts.stream().anyMatch(verdict -> verdict.type() == type && verdict.holds());
  }

  private static Condition condition(SandboxPolicy policy, Verdict verdict, Instant now) {
    String since =
        previous(policy, verdict.type())
            .filter(old -> old.getStatus().equals(statusOf(verdict)))
            .map(Condition::getLastTransitionTime)
            .orElseGet(() -> now.truncatedTo(ChronoUnit.SECONDS).toString());
    return new ConditionBuilder()
        .withType(verdict.type().toString())
        .withStatus(statusOf(verdict))
        .withReason(verdict.reason().toString())
        .withMessage(verdict.message())
        .withLastTransitionTime(since)
        .withObservedGeneration(policy.getMetadata().getGeneration())
        .build();
  }

  private static Optional<Condition> previous(SandboxPolicy policy, ConditionType type) {
    return Optional.ofNullable(policy.getStatus()).stream()
        .flatMap(status -> status.conditions().stream())
        .filter(condition -> condition.getType().equals(type.toString()))
        .findFirst();
  }

  private static String statusOf(Verdict verdict) {
    return verdict.holds() ? "True" : "False";
  }
}
