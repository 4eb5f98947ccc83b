package dev.cofferdam.operator.fleet;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cofferdam.operator.model.ExamplePolicy;
import dev.cofferdam.policy.Requirement;
import dev.cofferdam.policy.SandboxPolicySpec;
import dev.cofferdam.policy.node.NodeCondition;
import dev.cofferdam.policy.node.RunningSandboxes;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class FleetTest {
  private static final Instant START = Instant.parse("2026-11-23T10:00:00Z");
  private static final Instant LATER = START.plus(Fleet.ACKNOWLEDGEMENT);
  private static final SandboxPolicySpec GVISOR = ExamplePolicy.minimal().getSpec();
  private static final String LABEL = Requirement.labelOf(GVISOR);

  private final Fleet fleet = new Fleet();

  @Test
  void proofAndAcknowledgement_makeANodeEligibleAndEarnTheLabel() {
    fleet.policySeen("a", GVISOR, START);
    node("n", Map.of());
    assertEquals(Set.of("a"), fleet.proofSeen("n", new ExampleNode().status()).policies());
    assertEquals(
        Map.of("the node's shim does not know this generation of the policy yet", 1),
        fleet.findings("a", GVISOR).reasons());
    assertEquals(Map.of(), fleet.labelChanges("n", START));

    Changes changes = fleet.proofSeen("n", new ExampleNode().knows("a", GVISOR).status());
    assertEquals(new Changes(Set.of("a"), Set.of("n")), changes);
    assertEquals(1, fleet.findings("a", GVISOR).eligible());
    assertEquals(Map.of("gvisor/systrap", 1), fleet.findings("a", GVISOR).backends());
    assertEquals(Map.of(LABEL, Optional.of("proved")), fleet.labelChanges("n", START));
  }

  @Test
  void running_addsUpNodesByPolicyAndVariant() {
    fleet.proofSeen("n", new ExampleNode().running(2, "a").running(1, null).status());
    fleet.proofSeen("m", new ExampleNode().running(3, "a").status());
    assertEquals(
        Set.of(
            new RunningSandboxes("gvisor", "systrap", 5, "a"),
            new RunningSandboxes("gvisor", "systrap", 1, null)),
        Set.copyOf(fleet.running()));
  }

  @Test
  void nodeThatNoPodReaches_losesTheLabelThoughItsWallIsProved() {
    for (String condition :
        List.of(NodeCondition.KUBELET_USES_SHIM, NodeCondition.CONTAINERD_ANSWERS)) {
      eligible("n", "a");
      ExampleNode drifted = new ExampleNode().knows("a", GVISOR).without(condition, "elsewhere");
      Changes changes = fleet.proofSeen("n", drifted.status());
      assertEquals(new Changes(Set.of("a"), Set.of("n")), changes);
      assertEquals(Map.of(LABEL, Optional.empty()), fleet.labelChanges("n", START));
      assertEquals(Map.of("elsewhere", 1), fleet.findings("a", GVISOR).reasons());
    }
  }

  @Test
  void conditionThatIsNotAboutReachingAWall_changesNothing() {
    eligible("n", "a");
    ExampleNode said = new ExampleNode().knows("a", GVISOR).without("SomethingElse", "so");
    assertEquals(Changes.NONE.policies(), fleet.proofSeen("n", said.status()).policies());
  }

  @Test
  void proofLost_takesTheLabelAndSaysWhy() {
    eligible("n", "a");
    Changes changes =
        fleet.proofSeen(
            "n", new ExampleNode().knows("a", GVISOR).failing("runsc: no such file").status());
    assertEquals(new Changes(Set.of("a"), Set.of("n")), changes);
    assertEquals(Map.of(LABEL, Optional.empty()), fleet.labelChanges("n", START));
    assertTrue(
        fleet.whyNot("n", Requirement.digest(GVISOR)).contains("gvisor/systrap: runsc: no such"));
  }

  @Test
  void staleNode_losesTheLabelAndGetsItBack() {
    eligible("n", "a");
    assertEquals(Set.of("a"), fleet.staleAre(Set.of("n")).policies());
    assertEquals(Map.of(LABEL, Optional.empty()), fleet.labelChanges("n", START));
    assertEquals(Changes.NONE, fleet.staleAre(Set.of("n")));
    fleet.staleAre(Set.of());
    assertEquals(Map.of(), fleet.labelChanges("n", START));
  }

  /** Else its kubelet would refuse the pods that it had, as soon as it is back. */
  @Test
  void staleNodeThatIsNotReady_keepsItsLabel_andHasTimeWhenItIsBack() {
    eligible("n", "a");
    fleet.nodeSeen("n", "uid-of-n", Map.of(LABEL, "proved"), false);
    assertEquals(Set.of("n"), fleet.notReady());
    fleet.staleAre(Set.of("n"));
    assertEquals(0, fleet.findings("a", GVISOR).eligible());
    assertEquals(Map.of(), fleet.labelChanges("n", START));

    fleet.nodeSeen("n", "uid-of-n", Map.of(LABEL, "proved"), true);
    assertEquals(1, fleet.findings("a", GVISOR).eligible());
    assertEquals(Map.of(), fleet.labelChanges("n", START));
    fleet.staleAre(Set.of("n"));
    assertEquals(Map.of(LABEL, Optional.empty()), fleet.labelChanges("n", START));
  }

  @Test
  void nodeThatIsNotCheckedYet_keepsTheLabelAndEarnsNone() {
    eligible("booted", "a");
    node("new", Map.of());
    for (String node : List.of("booted", "new")) {
      fleet.proofSeen(node, new ExampleNode().knows("a", GVISOR).unchecked().status());
      assertEquals(Map.of(), fleet.labelChanges(node, START));
    }
    assertEquals(0, fleet.findings("a", GVISOR).eligible());
    // It takes its time for containerd to answer there.
    fleet.proofSeen(
        "booted",
        new ExampleNode()
            .knows("a", GVISOR)
            .unchecked()
            .without(NodeCondition.CONTAINERD_ANSWERS, "late")
            .status());
    assertEquals(Map.of(), fleet.labelChanges("booted", START));
    fleet.proofSeen("booted", new ExampleNode().knows("a", GVISOR).failing("so").status());
    assertEquals(Map.of(LABEL, Optional.empty()), fleet.labelChanges("booted", START));
  }

  @Test
  void sameFactsAgain_changeNothing() {
    eligible("n", "a");
    assertEquals(
        Set.of(), fleet.proofSeen("n", new ExampleNode().knows("a", GVISOR).status()).policies());
    assertEquals(Map.of(), fleet.labelChanges("n", START));
    assertEquals(Changes.NONE, fleet.policySeen("a", GVISOR, LATER));
  }

  @Test
  void nodeNotSelected_hasNeitherLabelNorPart() {
    SandboxPolicySpec pool = ExamplePolicy.selecting(Map.of("pool", "a"));
    fleet.policySeen("p", pool, START);
    node("in", Map.of("pool", "a"));
    node("out", Map.of("pool", "b"));
    fleet.proofSeen("in", new ExampleNode().knows("p", pool).status());
    assertEquals(
        Set.of(), fleet.proofSeen("out", new ExampleNode().knows("p", pool).status()).policies());
    assertEquals(1, fleet.findings("p", pool).total());
    assertFalse(fleet.labelChanges("in", START).isEmpty());
    assertTrue(fleet.labelChanges("out", START).isEmpty());
  }

  @Test
  void secondPolicyOfTheSameRequirement_leavesTheLabelAndHoldsItsClassBack() {
    eligible("n", "a");
    Changes changes = fleet.policySeen("b", GVISOR, START);
    assertEquals(Set.of(), changes.nodes());
    assertEquals(Map.of(), fleet.labelChanges("n", START));
    assertFalse(fleet.isKnownWhereLabelled("b", GVISOR, START));

    fleet.proofSeen("n", new ExampleNode().knows("a", GVISOR).knows("b", GVISOR).status());
    assertTrue(fleet.isKnownWhereLabelled("b", GVISOR, START));
    assertEquals(Map.of(), fleet.labelChanges("n", LATER));
  }

  @Test
  void secondPolicyThatANodeNeverHearsOf_costsTheNodeItsLabel() {
    eligible("n", "a");
    fleet.policySeen("b", GVISOR, START);
    assertEquals(Set.of("n"), fleet.acknowledgementsOver(START, LATER).nodes());
    assertEquals(Map.of(LABEL, Optional.empty()), fleet.labelChanges("n", LATER));
  }

  @Test
  void requirementEdited_movesTheLabelOnceItIsKnown() {
    eligible("n", "a");
    SandboxPolicySpec edited = ExamplePolicy.ptrace();
    assertEquals(Set.of("n"), fleet.policySeen("a", edited, START).nodes());
    assertEquals(Map.of(LABEL, Optional.empty()), fleet.labelChanges("n", START));
    assertEquals(0, fleet.findings("a", edited).eligible());
  }

  @Test
  void lastPolicyGone_takesItsLabelAway() {
    eligible("n", "a");
    assertEquals(Set.of("n"), fleet.policyGone("a", START).nodes());
    assertEquals(Map.of(LABEL, Optional.empty()), fleet.labelChanges("n", START));
  }

  @Test
  void findings_addUpZonesAndTheHighestOverhead() {
    fleet.policySeen("a", GVISOR, START);
    node("n1", Map.of("topology.kubernetes.io/zone", "west"));
    node("n2", Map.of("topology.kubernetes.io/zone", "west"));
    node("n3", Map.of("topology.kubernetes.io/zone", "east"));
    fleet.proofSeen("n1", new ExampleNode().knows("a", GVISOR).costing(10).status());
    fleet.proofSeen("n2", new ExampleNode().knows("a", GVISOR).costing(30).status());
    fleet.proofSeen("n3", new ExampleNode().failing("broken").costing(90).status());
    PolicyFindings findings = fleet.findings("a", GVISOR);
    assertEquals(
        Map.of("west", new PolicyFindings.Zone(2, 2), "east", new PolicyFindings.Zone(0, 1)),
        findings.zones());
    assertEquals(30, findings.overhead().orElseThrow().memoryBytes());
  }

  private void eligible(String node, String policy) {
    fleet.policySeen(policy, GVISOR, START);
    node(node, Map.of(LABEL, "proved"));
    fleet.proofSeen(node, new ExampleNode().knows(policy, GVISOR).status());
    assertEquals(Map.of(), fleet.labelChanges(node, START));
  }

  private void node(String name, Map<String, String> labels) {
    fleet.nodeSeen(name, "uid-of-" + name, labels, true);
  }
}
