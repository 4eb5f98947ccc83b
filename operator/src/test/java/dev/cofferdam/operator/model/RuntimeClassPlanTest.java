package dev.cofferdam.operator.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;

import dev.cofferdam.policy.Requirement;
import dev.cofferdam.policy.SandboxPolicy;
import dev.cofferdam.policy.SandboxPolicyStatus.PodOverhead;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.OwnerReferenceBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.node.v1.RuntimeClass;
import io.fabric8.kubernetes.api.model.node.v1.RuntimeClassBuilder;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class RuntimeClassPlanTest {

  private static final PodOverhead OVERHEAD =
      new PodOverhead(new Quantity("50m"), new Quantity("1Gi"));

  private final SandboxPolicy policy = ExamplePolicy.everything();
  private final RuntimeClass desired = DesiredRuntimeClass.of(policy, OVERHEAD);

  @Test
  void of_noClass_createsOneWithThePolicysHandler() {
    RuntimeClassPlan.Create plan =
        assertInstanceOf(
            RuntimeClassPlan.Create.class, RuntimeClassPlan.of(policy, OVERHEAD, null));
    assertEquals("untrusted", plan.desired().getMetadata().getName());
    assertEquals("cofferdam-untrusted", plan.desired().getHandler());
    assertEquals(
        Map.of("pool", "sandbox", Requirement.labelOf(policy.getSpec()), "proved"),
        plan.desired().getScheduling().getNodeSelector());
    assertEquals("dedicated", plan.desired().getScheduling().getTolerations().get(0).getKey());
    assertEquals(
        Map.of("cpu", new Quantity("50m"), "memory", new Quantity("1Gi")),
        plan.desired().getOverhead().getPodFixed());
  }

  @Test
  void of_minimalPolicy_matchesOnlyNodesThatProvedIt() {
    SandboxPolicy bare = ExamplePolicy.minimal();
    RuntimeClass minimal = DesiredRuntimeClass.of(bare, null);
    assertEquals(
        Map.of(Requirement.labelOf(bare.getSpec()), "proved"),
        minimal.getScheduling().getNodeSelector());
    assertNull(minimal.getOverhead());
  }

  @Test
  void of_sameClass_keepsIt() {
    assertEquals(new RuntimeClassPlan.Keep(), RuntimeClassPlan.of(policy, OVERHEAD, desired));
  }

  @Test
  void of_sameAmountsWrittenOtherwise_keepsIt() {
    RuntimeClass written =
        new RuntimeClassBuilder(desired)
            .editOverhead()
            .withPodFixed(Map.of("cpu", new Quantity("0.05"), "memory", new Quantity("1Gi")))
            .endOverhead()
            .build();
    assertEquals(new RuntimeClassPlan.Keep(), RuntimeClassPlan.of(policy, OVERHEAD, written));
  }

  @Test
  void of_changedFields_putsOursRightAndKeepsTheRest() {
    RuntimeClass changed =
        new RuntimeClassBuilder(desired)
            .editMetadata()
            .withLabels(Map.of("mine", "yes"))
            .withResourceVersion("9")
            .endMetadata()
            .withScheduling(null)
            .withOverhead(null)
            .build();
    RuntimeClassPlan.Update plan =
        assertInstanceOf(
            RuntimeClassPlan.Update.class, RuntimeClassPlan.of(policy, OVERHEAD, changed));
    assertEquals(List.of("scheduling", "overhead", "labels"), plan.differences());
    assertEquals(desired.getScheduling(), plan.changed().getScheduling());
    assertEquals(desired.getOverhead(), plan.changed().getOverhead());
    assertEquals("yes", plan.changed().getMetadata().getLabels().get("mine"));
    assertEquals("9", plan.changed().getMetadata().getResourceVersion());
    assertEquals(
        new RuntimeClassPlan.Keep(), RuntimeClassPlan.of(policy, OVERHEAD, plan.changed()));
  }

  @Test
  void of_otherHandlerOnOurs_replacesIt() {
    RuntimeClass other = new RuntimeClassBuilder(desired).withHandler("runc").build();
    assertEquals(
        new RuntimeClassPlan.Replace(other, desired), RuntimeClassPlan.of(policy, OVERHEAD, other));
  }

  @Test
  void of_classOfNobodys_isTaken() {
    RuntimeClass foreign =
        new RuntimeClassBuilder(desired)
            .withNewMetadata()
            .withName("untrusted")
            .endMetadata()
            .build();
    assertEquals(
        new RuntimeClassPlan.Taken("somebody else"),
        RuntimeClassPlan.of(policy, OVERHEAD, foreign));
  }

  @Test
  void of_classOfAnotherController_isTakenThoughItHasOurLabels() {
    assertEquals(
        new RuntimeClassPlan.Taken("KataConfig kata"),
        RuntimeClassPlan.of(
            policy, OVERHEAD, ownedBy("kataconfiguration.io/v1", "KataConfig", "kata")));
    assertEquals(
        new RuntimeClassPlan.Taken("SandboxPolicy other"),
        RuntimeClassPlan.of(
            policy, OVERHEAD, ownedBy("cofferdam.dev/v1alpha1", "SandboxPolicy", "other")));
  }

  @Test
  void of_ownerTakenAwayButLabelLeft_isOursAndPutRight() {
    RuntimeClass bare =
        new RuntimeClassBuilder(desired)
            .editMetadata()
            .withOwnerReferences(List.of())
            .endMetadata()
            .build();
    RuntimeClassPlan.Update plan =
        assertInstanceOf(
            RuntimeClassPlan.Update.class, RuntimeClassPlan.of(policy, OVERHEAD, bare));
    assertEquals(List.of("owner"), plan.differences());
  }

  @Test
  void of_classOfADeletedPolicyOfThisName_isAdopted() {
    RuntimeClass left = ownedBy("cofferdam.dev/v1alpha1", "SandboxPolicy", "untrusted");
    RuntimeClassPlan.Update plan =
        assertInstanceOf(
            RuntimeClassPlan.Update.class, RuntimeClassPlan.of(policy, OVERHEAD, left));
    assertEquals(
        ExamplePolicy.UID, plan.changed().getMetadata().getOwnerReferences().getFirst().getUid());
    assertEquals(1, plan.changed().getMetadata().getOwnerReferences().size());
  }

  private RuntimeClass ownedBy(String apiVersion, String kind, String name) {
    OwnerReference owner =
        new OwnerReferenceBuilder()
            .withApiVersion(apiVersion)
            .withKind(kind)
            .withName(name)
            .withUid("22222222-2222-2222-2222-222222222222")
            .withController(true)
            .build();
    return new RuntimeClassBuilder(desired)
        .editMetadata()
        .withOwnerReferences(owner)
        .endMetadata()
        .build();
  }
}
