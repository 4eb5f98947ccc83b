package dev.cofferdam.operator.model;

import dev.cofferdam.policy.SandboxPolicy;
import dev.cofferdam.policy.SandboxPolicyStatus;
import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.ConditionBuilder;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** The status of a policy out of its verdicts. */
public final class Statuses {

  private Statuses() {}

  /** Equal to the status that the policy has, if nothing changed but the time. */
  public static SandboxPolicyStatus of(SandboxPolicy policy, List<Verdict> verdicts, Instant now) {
    String backends =
        policy.getSpec().backends().stream()
            .map(choice -> choice.type().toString())
            .distinct()
            .collect(Collectors.joining(","));
    return new SandboxPolicyStatus(
        policy.getMetadata().getGeneration(),
        holds(verdicts, ConditionType.RUNTIME_CLASS_READY) ? policy.getMetadata().getName() : null,
        null,
        List.of(),
        List.of(),
        null,
        null,
        new SandboxPolicyStatus.Summary(backends, null),
        verdicts.stream().map(verdict -> condition(policy, verdict, now)).toList());
  }

  /** The verdicts that say something else than the policy's status does now. */
  public static List<Verdict> changes(SandboxPolicy policy, List<Verdict> verdicts) {
    return verdicts.stream()
        .filter(
            verdict ->
                previous(policy, verdict.type())
                    .filter(
                        old ->
                            old.getStatus().equals(statusOf(verdict))
                                && old.getReason().equals(verdict.reason().toString())
                                && old.getMessage().equals(verdict.message()))
                    .isEmpty())
        .toList();
  }

  /** Whether the policy's status says that this condition holds. */
  public static boolean held(SandboxPolicy policy, ConditionType type) {
    return previous(policy, type).filter(old -> old.getStatus().equals("True")).isPresent();
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
