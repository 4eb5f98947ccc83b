package dev.cofferdam.operator.enforcement;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.cofferdam.policy.Enforcement.Mode;
import dev.cofferdam.policy.enforcement.NamespaceRule;
import dev.cofferdam.policy.enforcement.SandboxEnforcementSpec;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class RulesTest {
  private static final Map<String, String> TENANT = Map.of("tenant", "true");

  @Test
  void of_rulesGoByModeAndTheStrictestIsFirst() {
    Map<Mode, SandboxEnforcementSpec> specs =
        Rules.of(
            Map.of(
                "weak", required(1, true),
                "strong", required(2, true),
                "given", new Contribution(1, true, new Contribution.Rule(Mode.DEFAULT, TENANT))));
    assertEquals(
        List.of(new NamespaceRule("strong", 2, TENANT), new NamespaceRule("weak", 1, TENANT)),
        spec(specs, Mode.REQUIRE).rules());
    assertEquals(1, spec(specs, Mode.DEFAULT).rules().size());
    assertEquals(Map.of("weak", 1, "strong", 2, "given", 1), spec(specs, Mode.AUDIT).classes());
    assertEquals("given, strong, weak", spec(specs, Mode.REQUIRE).enough().get("1"));
    assertEquals("strong", spec(specs, Mode.REQUIRE).enough().get("2"));
  }

  @Test
  void of_developmentOrTakenClass_isNoWall() {
    Map<Mode, SandboxEnforcementSpec> specs =
        Rules.of(Map.of("dev", new Contribution(0, true, null), "taken", required(1, false)));
    assertEquals(Map.of(), spec(specs, Mode.REQUIRE).classes());
    assertEquals("none so far", spec(specs, Mode.REQUIRE).enough().get("1"));
    assertEquals(1, spec(specs, Mode.REQUIRE).rules().size());
  }

  @Test
  void contributions_readBackWhatWasWritten() {
    Map<String, Contribution> policies =
        Map.of(
            "a", required(1, true), "b", required(2, false), "c", new Contribution(2, true, null));
    assertEquals(policies, Rules.contributions(Rules.of(policies)));
  }

  @Test
  void of_manyClasses_namesSomeOfThem() {
    Map<String, Contribution> policies = new HashMap<>();
    for (int i = 0; i < 1000; i++) {
      policies.put("p%04d".formatted(i), new Contribution(1, true, null));
    }
    assertEquals(
        "p0000, p0001, p0002, p0003, p0004, p0005, p0006, p0007, p0008, p0009 and 990 more",
        spec(Rules.of(policies), Mode.REQUIRE).enough().get("1"));
  }

  @Test
  void overruling_ofAWeakerRuleInTheSameNamespace_namesTheStricter() {
    Map<String, Contribution> policies =
        Map.of("weak", required(1, true), "strong", required(2, true));
    Map<String, Map<String, String>> namespaces = Map.of("x", Map.of("tenant", "true", "a", "b"));
    assertEquals(
        Optional.of("in namespace x SandboxPolicy strong is stricter and wins"),
        Overruling.of("weak", policies, namespaces));
    assertEquals(Optional.empty(), Overruling.of("strong", policies, namespaces));
    assertEquals(Optional.empty(), Overruling.of("weak", policies, Map.of("x", Map.of())));
  }

  private static Contribution required(int strength, boolean isWall) {
    return new Contribution(strength, isWall, new Contribution.Rule(Mode.REQUIRE, TENANT));
  }

  private static SandboxEnforcementSpec spec(Map<Mode, SandboxEnforcementSpec> specs, Mode mode) {
    return Objects.requireNonNull(specs.get(mode));
  }
}
