package dev.cofferdam.operator.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import dev.cofferdam.policy.Enforcement.Mode;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class EnforcementPlanTest {

  @ParameterizedTest
  @EnumSource(names = {"DEFAULT", "REQUIRE"})
  void of_noNodeYet_doesNotBegin(Mode mode) {
    EnforcementPlan plan = plan(mode, null, 0);
    assertNull(plan.holds());
    assertNull(plan.contribution().rule());
    assertEquals("False/NoEligibleNode", said(plan));
  }

  @ParameterizedTest
  @EnumSource(names = {"DEFAULT", "REQUIRE"})
  void of_begun_holdsWhateverBecomesOfTheNodes(Mode mode) {
    EnforcementPlan begun = plan(mode, null, 1);
    assertEquals("True/Holds", said(begun));
    EnforcementPlan later = plan(mode, begun.holds(), 0);
    assertEquals("True/Holds", said(later));
    assertEquals(begun.contribution(), later.contribution());
  }

  @Test
  void of_anotherModeHeld_beginsAnew() {
    assertEquals("False/NoEligibleNode", said(plan(Mode.REQUIRE, Mode.AUDIT, 0)));
  }

  @Test
  void of_audit_needsNoNode() {
    EnforcementPlan plan = plan(Mode.AUDIT, null, 0);
    assertEquals("True/Holds", said(plan));
    assertNotNull(plan.contribution().rule());
  }

  @Test
  void of_defaultWithoutMutatingPolicies_saysSo() {
    EnforcementPlan plan =
        EnforcementPlan.of(ExamplePolicy.enforcing(Mode.DEFAULT), null, 1, true, false);
    assertEquals("False/NotServed", said(plan));
  }

  @Test
  void overruled_saysByWhom() {
    EnforcementPlan plan = plan(Mode.REQUIRE, null, 1).overruled(Optional.of("b is stricter"));
    assertEquals("True/StricterPolicyWins", said(plan));
  }

  @Test
  void of_classTaken_isNoWallThoughTheRuleStays() {
    EnforcementPlan plan =
        EnforcementPlan.of(ExamplePolicy.enforcing(Mode.REQUIRE), Mode.REQUIRE, 1, false, true);
    assertEquals(false, plan.contribution().isWall());
    assertNotNull(plan.contribution().rule());
  }

  private static EnforcementPlan plan(Mode mode, @Nullable Mode held, int eligible) {
    return EnforcementPlan.of(ExamplePolicy.enforcing(mode), held, eligible, true, true);
  }

  private static String said(EnforcementPlan plan) {
    return (plan.verdict().holds() ? "True/" : "False/") + plan.verdict().reason();
  }
}
