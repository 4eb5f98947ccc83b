package dev.cofferdam.operator.model;

import dev.cofferdam.policy.NodeChoice;
import dev.cofferdam.policy.PodToleration;
import dev.cofferdam.policy.Requirement;
import dev.cofferdam.policy.SandboxPolicy;
import dev.cofferdam.policy.SandboxPolicySpec;
import dev.cofferdam.policy.SandboxPolicyStatus.PodOverhead;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.OwnerReferenceBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.Toleration;
import io.fabric8.kubernetes.api.model.TolerationBuilder;
import io.fabric8.kubernetes.api.model.node.v1.Overhead;
import io.fabric8.kubernetes.api.model.node.v1.OverheadBuilder;
import io.fabric8.kubernetes.api.model.node.v1.RuntimeClass;
import io.fabric8.kubernetes.api.model.node.v1.RuntimeClassBuilder;
import io.fabric8.kubernetes.api.model.node.v1.Scheduling;
import io.fabric8.kubernetes.api.model.node.v1.SchedulingBuilder;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The RuntimeClass that a policy should have. */
public final class DesiredRuntimeClass {

  static final String MANAGED_BY = "app.kubernetes.io/managed-by";
  static final String MANAGER = "cofferdam";

  /**
   * Holds the policy's UID, so that a class whose owner reference was taken away is still known.
   */
  static final String POLICY_UID = "cofferdam.dev/policy-uid";

  private DesiredRuntimeClass() {}

  public static RuntimeClass of(SandboxPolicy policy, @Nullable PodOverhead overhead) {
    String name = policy.getMetadata().getName();
    return new RuntimeClassBuilder()
        .withNewMetadata()
        .withName(name)
        .withLabels(labels(policy))
        .withOwnerReferences(owner(policy))
        .endMetadata()
        .withHandler(SandboxPolicy.handlerOf(name))
        .withScheduling(scheduling(policy.getSpec()))
        .withOverhead(overhead(overhead))
        .build();
  }

  private static Map<String, String> labels(SandboxPolicy policy) {
    return Map.of(MANAGED_BY, MANAGER, POLICY_UID, policy.getMetadata().getUid());
  }

  // Not blockOwnerDeletion: that asks for a right on the policy's finalizers.
  private static OwnerReference owner(SandboxPolicy policy) {
    return new OwnerReferenceBuilder()
        .withApiVersion(policy.getApiVersion())
        .withKind(policy.getKind())
        .withName(policy.getMetadata().getName())
        .withUid(policy.getMetadata().getUid())
        .withController(true)
        .build();
  }

  // The label goes last: nobody's selector takes a node's proof away.
  private static Scheduling scheduling(SandboxPolicySpec policy) {
    NodeChoice nodes = policy.nodes();
    Map<String, String> selector = new TreeMap<>();
    if (nodes != null && nodes.selector() != null) {
      selector.putAll(nodes.selector().matchLabels());
    }
    selector.put(Requirement.labelOf(policy), Requirement.LABEL_VALUE);
    List<PodToleration> tolerations = nodes == null ? List.of() : nodes.tolerations();
    return new SchedulingBuilder()
        .withNodeSelector(selector)
        .withTolerations(tolerations.stream().map(DesiredRuntimeClass::toleration).toList())
        .build();
  }

  private static Toleration toleration(PodToleration toleration) {
    return new TolerationBuilder()
        .withKey(toleration.key())
        .withOperator(toleration.operator().toString())
        .withValue(toleration.value())
        .withEffect(toleration.effect() == null ? null : toleration.effect().toString())
        .withTolerationSeconds(toleration.tolerationSeconds())
        .build();
  }

  private static @Nullable Overhead overhead(@Nullable PodOverhead fixed) {
    if (fixed == null) {
      return null;
    }
    Map<String, Quantity> podFixed = new LinkedHashMap<>();
    if (fixed.cpu() != null) {
      podFixed.put("cpu", fixed.cpu());
    }
    if (fixed.memory() != null) {
      podFixed.put("memory", fixed.memory());
    }
    return new OverheadBuilder().withPodFixed(podFixed).build();
  }
}
