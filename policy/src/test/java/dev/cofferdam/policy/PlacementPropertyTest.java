package dev.cofferdam.policy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cofferdam.policy.MicroVmChoice.Acceleration;
import dev.cofferdam.policy.MicroVmChoice.Monitor;
import dev.cofferdam.policy.NodeProof.Finding;
import io.fabric8.kubernetes.api.model.Quantity;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.jspecify.annotations.Nullable;

/** What holds of placement whatever the policy and the node. */
class PlacementPropertyTest {
  private static final String SEED = "20261123";

  private static final List<Variant> VARIANTS =
      List.of(
          new Variant("gvisor", "systrap"),
          new Variant("gvisor", "kvm"),
          new Variant("gvisor", "ptrace"),
          new Variant("microvm", "firecracker"),
          new Variant("microvm", "qemu"),
          new Variant("microvm", "qemu-emulated"));

  @Property(seed = SEED)
  void placed_isProvedNamedAndStrongEnough(
      @ForAll("policies") SandboxPolicySpec policy, @ForAll("nodes") NodeFacts node) {
    if (!(Placement.of(policy, node) instanceof Placement.Placed placed)) {
      return;
    }
    assertTrue(node.of(placed.variant()).orElseThrow().works());
    assertTrue(policy.backends().contains(placed.choice()));
    assertTrue(wallOf(placed.variant()).satisfies(policy.isolation()));
    Ground wanted = placed.choice().onNodes();
    assertTrue(wanted == null || Optional.of(wanted).equals(node.below()));
  }

  @Property(seed = SEED)
  void refused_hasOneReasonForEachBackendInTheirOrder(
      @ForAll("policies") SandboxPolicySpec policy, @ForAll("nodes") NodeFacts node) {
    if (Placement.of(policy, node) instanceof Placement.Refused refused) {
      assertEquals(
          policy.backends().stream().map(BackendChoice::type).toList(),
          refused.refusals().stream().map(Refusal::backend).toList());
      assertTrue(refused.reasons().stream().noneMatch(String::isBlank));
    }
  }

  @Property(seed = SEED)
  void proofsTakenAway_neverMakeANodeServeWhatItDidNot(
      @ForAll("policies") SandboxPolicySpec policy, @ForAll("nodes") NodeFacts node) {
    if (Placement.of(policy, node) instanceof Placement.Refused) {
      Map<Variant, Finding> fewer = new HashMap<>(node.findings());
      fewer.replaceAll((variant, finding) -> Finding.failed("broken"));
      assertInstanceOf(
          Placement.Refused.class, Placement.of(policy, new NodeFacts(node.below(), fewer)));
    }
  }

  @Property(seed = SEED)
  void strongerIsolation_neverWidensTheChoice(
      @ForAll("policies") SandboxPolicySpec policy, @ForAll("nodes") NodeFacts node) {
    for (Isolation stronger : Isolation.values()) {
      if (stronger.satisfies(policy.isolation())
          && Placement.of(policy, node) instanceof Placement.Refused) {
        assertInstanceOf(
            Placement.Refused.class, Placement.of(withIsolation(policy, stronger), node));
      }
    }
  }

  @Property(seed = SEED)
  void emulation_isNeverTakenUnlessAskedForByName(
      @ForAll("policies") SandboxPolicySpec policy, @ForAll("nodes") NodeFacts node) {
    if (Placement.of(policy, node) instanceof Placement.Placed placed
        && placed.variant().name().equals("qemu-emulated")) {
      assertEquals(Isolation.DEVELOPMENT, policy.isolation());
      MicroVmChoice asked = placed.choice().microVm();
      assertFalse(asked == null || asked.acceleration() != Acceleration.EMULATED);
    }
  }

  @Property(seed = SEED)
  void earlierBackendThatServesAlone_isTaken(
      @ForAll("policies") SandboxPolicySpec policy, @ForAll("nodes") NodeFacts node) {
    Optional<BackendChoice> first =
        policy.backends().stream()
            .filter(
                choice ->
                    Placement.of(withBackends(policy, List.of(choice)), node)
                        instanceof Placement.Placed)
            .findFirst();
    Optional<BackendChoice> taken =
        Placement.of(policy, node) instanceof Placement.Placed placed
            ? Optional.of(placed.choice())
            : Optional.empty();
    assertEquals(first, taken);
  }

  @Property(seed = SEED)
  void digest_saysNothingOfNodesAndNamespaces_andChangesWithBackends(
      @ForAll("policies") SandboxPolicySpec policy) {
    SandboxPolicySpec elsewhere =
        new SandboxPolicySpec(
            policy.isolation(),
            policy.backends(),
            new NodeChoice(new MatchLabels(Map.of("pool", "a")), List.of()),
            OverheadSource.MEASURED,
            null,
            new Enforcement(new MatchLabels(Map.of()), Enforcement.Mode.AUDIT));
    assertEquals(Requirement.digest(policy), Requirement.digest(elsewhere));
    List<BackendChoice> more = new ArrayList<>(policy.backends());
    more.add(new BackendChoice(BackendType.GVISOR, null, null, null));
    assertNotEquals(Requirement.digest(policy), Requirement.digest(withBackends(policy, more)));
  }

  @Provide
  Arbitrary<SandboxPolicySpec> policies() {
    return Combinators.combine(
            Arbitraries.of(Isolation.class), choices().list().ofMinSize(1).ofMaxSize(4))
        .as(
            (isolation, backends) ->
                new SandboxPolicySpec(
                    isolation, backends, null, OverheadSource.MEASURED, null, null));
  }

  @Provide
  Arbitrary<NodeFacts> nodes() {
    Arbitrary<Optional<Ground>> below = Arbitraries.of(Ground.class).optional();
    Arbitrary<Finding> finding =
        Arbitraries.of(Finding.proved("ran"), Finding.failed("hangs"), Finding.failed("absent"));
    Arbitrary<Map<Variant, Finding>> findings =
        Arbitraries.maps(Arbitraries.of(VARIANTS), finding).ofMaxSize(VARIANTS.size());
    return Combinators.combine(below, findings).as(NodeFacts::new);
  }

  private static Arbitrary<BackendChoice> choices() {
    Arbitrary<@Nullable Ground> ground = Arbitraries.of(Ground.class).injectNull(0.6);
    Arbitrary<BackendChoice> gVisor =
        Combinators.combine(Arbitraries.of(GVisorChoice.Platform.class), ground)
            .as(
                (platform, on) ->
                    new BackendChoice(
                        BackendType.GVISOR,
                        new GVisorChoice(platform, GVisorChoice.Network.SANDBOX),
                        null,
                        on));
    Arbitrary<BackendChoice> microVm =
        Combinators.combine(
                Arbitraries.of(Monitor.class), Arbitraries.of(Acceleration.class), ground)
            .as(
                (monitor, acceleration, on) ->
                    new BackendChoice(
                        BackendType.MICROVM,
                        null,
                        new MicroVmChoice(monitor, acceleration, 1, new Quantity("256Mi")),
                        on));
    return Arbitraries.oneOf(gVisor, microVm);
  }

  private static Isolation wallOf(Variant variant) {
    return switch (variant.backend()) {
      case "gvisor" -> Isolation.APPLICATION_KERNEL;
      case "microvm" ->
          variant.name().equals("qemu-emulated")
              ? Isolation.DEVELOPMENT
              : Isolation.VIRTUAL_MACHINE;
      default -> throw new AssertionError(variant);
    };
  }

  private static SandboxPolicySpec withIsolation(SandboxPolicySpec policy, Isolation isolation) {
    return new SandboxPolicySpec(
        isolation, policy.backends(), null, OverheadSource.MEASURED, null, null);
  }

  private static SandboxPolicySpec withBackends(
      SandboxPolicySpec policy, List<BackendChoice> backends) {
    return new SandboxPolicySpec(
        policy.isolation(), backends, null, OverheadSource.MEASURED, null, null);
  }
}
