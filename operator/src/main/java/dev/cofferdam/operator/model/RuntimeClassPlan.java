package dev.cofferdam.operator.model;

import dev.cofferdam.policy.SandboxPolicy;
import dev.cofferdam.policy.SandboxPolicyStatus.PodOverhead;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.node.v1.Overhead;
import io.fabric8.kubernetes.api.model.node.v1.RuntimeClass;
import io.fabric8.kubernetes.api.model.node.v1.RuntimeClassBuilder;
import io.fabric8.kubernetes.api.model.node.v1.Scheduling;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What is to be done so that the RuntimeClass of a policy is as it should be. */
public sealed interface RuntimeClassPlan {

  /** It is as it should be. */
  record Keep() implements RuntimeClassPlan {}

  /** There is none. */
  record Create(RuntimeClass desired) implements RuntimeClassPlan {}

  /** Ours, and different; {@code changed} has our fields put right and keeps the rest. */
  record Update(RuntimeClass changed, List<String> differences) implements RuntimeClassPlan {}

  /** Ours, with another handler, which the API server does not let anybody change. */
  record Replace(RuntimeClass actual, RuntimeClass desired) implements RuntimeClassPlan {}

  /** Somebody else's: never touched. */
  record Taken(String owner) implements RuntimeClassPlan {}

  /**
   * What is to be done.
   *
   * @param overhead what the class should say that a sandbox costs; null for nothing
   * @param actual the class of the policy's name; null if there is none
   */
  static RuntimeClassPlan of(
      SandboxPolicy policy, @Nullable PodOverhead overhead, @Nullable RuntimeClass actual) {
    RuntimeClass desired = DesiredRuntimeClass.of(policy, overhead);
    if (actual == null) {
      return new Create(desired);
    }
    if (!isOurs(policy, actual)) {
      return new Taken(ownerOf(actual));
    }
    if (!desired.getHandler().equals(actual.getHandler())) {
      return new Replace(actual, desired);
    }
    List<String> differences = differences(desired, actual);
    return differences.isEmpty() ? new Keep() : new Update(repaired(desired, actual), differences);
  }

  /**
   * A class is ours if its controller is a policy of this name (this one, or a deleted one that the
   * garbage collector has not come to yet), or if somebody took the controller away and our label
   * is still there.
   */
  private static boolean isOurs(SandboxPolicy policy, RuntimeClass actual) {
    return controller(actual)
        .map(
            owner ->
                owner.getKind().equals(policy.getKind())
                    && owner.getApiVersion().startsWith(SandboxPolicy.GROUP + "/")
                    && owner.getName().equals(policy.getMetadata().getName()))
        .orElseGet(
            () ->
                policy
                    .getMetadata()
                    .getUid()
                    .equals(labels(actual).get(DesiredRuntimeClass.POLICY_UID)));
  }

  private static String ownerOf(RuntimeClass actual) {
    return controller(actual)
        .map(owner -> owner.getKind() + " " + owner.getName())
        .orElseGet(
            () -> {
              String manager = labels(actual).get(DesiredRuntimeClass.MANAGED_BY);
              return manager == null ? "somebody else" : manager;
            });
  }

  private static Optional<OwnerReference> controller(RuntimeClass actual) {
    return actual.getMetadata().getOwnerReferences().stream()
        .filter(owner -> Boolean.TRUE.equals(owner.getController()))
        .findFirst();
  }

  private static List<String> differences(RuntimeClass desired, RuntimeClass actual) {
    List<String> differences = new ArrayList<>();
    if (!same(desired.getScheduling(), actual.getScheduling())) {
      differences.add("scheduling");
    }
    if (!podFixed(desired.getOverhead()).equals(podFixed(actual.getOverhead()))) {
      differences.add("overhead");
    }
    if (!labels(actual).entrySet().containsAll(labels(desired).entrySet())) {
      differences.add("labels");
    }
    if (!controller(desired).equals(controller(actual))) {
      differences.add("owner");
    }
    return differences;
  }

  private static boolean same(@Nullable Scheduling a, @Nullable Scheduling b) {
    Map<String, String> selectorA = a == null ? null : a.getNodeSelector();
    Map<String, String> selectorB = b == null ? null : b.getNodeSelector();
    return Objects.requireNonNullElse(selectorA, Map.of())
            .equals(Objects.requireNonNullElse(selectorB, Map.of()))
        && (a == null ? List.of() : a.getTolerations())
            .equals(b == null ? List.of() : b.getTolerations());
  }

  // Quantities are equal when their amounts are: the API server writes 1024Mi as 1Gi.
  private static Map<String, ?> podFixed(@Nullable Overhead overhead) {
    return overhead == null || overhead.getPodFixed() == null ? Map.of() : overhead.getPodFixed();
  }

  private static RuntimeClass repaired(RuntimeClass desired, RuntimeClass actual) {
    Map<String, String> labels = new HashMap<>(labels(actual));
    labels.putAll(labels(desired));
    List<OwnerReference> owners = new ArrayList<>(desired.getMetadata().getOwnerReferences());
    actual.getMetadata().getOwnerReferences().stream()
        .filter(owner -> !Boolean.TRUE.equals(owner.getController()))
        .filter(owner -> !owner.getUid().equals(owners.getFirst().getUid()))
        .forEach(owners::add);
    return new RuntimeClassBuilder(actual)
        .editMetadata()
        .withLabels(labels)
        .withOwnerReferences(owners)
        .endMetadata()
        .withScheduling(desired.getScheduling())
        .withOverhead(desired.getOverhead())
        .build();
  }

  private static Map<String, String> labels(RuntimeClass runtimeClass) {
    return Objects.requireNonNullElse(runtimeClass.getMetadata().getLabels(), Map.of());
  }
}
