package dev.cofferdam.operator.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;

import dev.cofferdam.policy.SandboxPolicy;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.OwnerReferenceBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.node.v1.RuntimeClass;
import io.fabric8.kubernetes.api.model.node.v1.RuntimeClassBuilder;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class RuntimeClassPlanTest {

  private final SandboxPolicy policy = ExamplePolicy.everything();
  private final RuntimeClass desired = DesiredRuntimeClass.of(policy);

  @Test
  void of_noClass_createsOneWithThePolicysHandler() {
    RuntimeClassPlan.Create plan =
        assertInstanceOf(RuntimeClassPlan.Create.class, RuntimeClassPlan.of(policy, null));
    assertEquals("untrusted", plan.desired().getMetadata().getName());
    assertEquals("cofferdam-untrusted", plan.desired().getHandler());
    assertEquals(Map.of("pool", "sandbox"), plan.desired().getScheduling().getNodeSelector());
    assertEquals("dedicated", plan.desired().getScheduling().getTolerations().get(0).getKey());
    assertEquals(
        Map.of("cpu", new Quantity("50m"), "memory", new Quantity("1Gi")),
        plan.desired().getOverhead().getPodFixed());
  }

  @Test
  void of_minimalPolicy_hasNeitherSchedulingNorOverhead() {
    RuntimeClass minimal = DesiredRuntimeClass.of(ExamplePolicy.minimal());
    assertNull(minimal.getScheduling());
    assertNull(minimal.getOverhead());
  }

  @Test
  void of_sameClass_keepsIt() {
    assertEquals(new RuntimeClassPlan.Keep(), RuntimeClassPlan.of(policy, desired));
  }

  @Test
  void of_sameAmountsWrittenOtherwise_keepsIt() {
    RuntimeClass written =
        new RuntimeClassBuilder(desired)
            .editOverhead()
            .withPodFixed(Map.of("cpu", new Quantity("0.05"), "memory", new Quantity("1Gi")))
            .endOverhead()
            .build();
    assertEquals(new RuntimeClassPlan.Keep(), RuntimeClassPlan.of(policy, written));
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
        assertInstanceOf(RuntimeClassPlan.Update.class, RuntimeClassPlan.of(policy, changed));
    assertEquals(List.of("scheduling", "overhead", "labels"), plan.differences());
    assertEquals(desired.getScheduling(), plan.changed().getScheduling());
    assertEquals(desired.getOverhead(), plan.changed().getOverhead());
    assertEquals("yes", plan.changed().getMetadata().getLabels().get("mine"));
    assertEquals("9", plan.changed().getMetadata().getResourceVersion());
    assertEquals(new RuntimeClassPlan.Keep(), RuntimeClassPlan.of(policy, plan.changed()));
  }

  @Test
  void of_otherHandlerOnOurs_replacesIt() {
    RuntimeClass other = new RuntimeClassBuilder(desired).withHandler("runc").build();
    assertEquals(new RuntimeClassPlan.Replace(other, desired), RuntimeClassPlan.of(policy, other));
  }

  @Test
  void of_classOfNobodys_isTaken() {
    RuntimeClass foreign =
        new RuntimeClassBuilder(desired)
            .withNewMetadata()
            .withName("untrusted")
            .endMetadata()
            .build();
    assertEquals(new RuntimeClassPlan.Taken("somebody else"), RuntimeClassPlan.of(policy, foreign));
  }

  @Test
  void of_classOfAnotherController_isTakenThoughItHasOurLabels() {
    assertEquals(
        new RuntimeClassPlan.Taken("KataConfig kata"),
        RuntimeClassPlan.of(policy, ownedBy("kataconfiguration.io/v1", "KataConfig", "kata")));
    assertEquals(
        new RuntimeClassPlan.Taken("SandboxPolicy other"),
        RuntimeClassPlan.of(policy, ownedBy("cofferdam.dev/v1alpha1", "SandboxPolicy", "other")));
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
        assertInstanceOf(RuntimeClassPlan.Update.class, RuntimeClassPlan.of(policy, bare));
    assertEquals(List.of("owner"), plan.differences());
  }

  @Test
  void of_classOfADeletedPolicyOfThisName_isAdopted() {
    RuntimeClass left = ownedBy("cofferdam.dev/v1alpha1", "SandboxPolicy", "untrusted");
    RuntimeClassPlan.Update plan =
        assertInstanceOf(RuntimeClassPlan.Update.class, RuntimeClassPlan.of(policy, left));
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
