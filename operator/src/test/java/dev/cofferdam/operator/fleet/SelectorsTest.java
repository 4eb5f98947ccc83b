package dev.cofferdam.operator.fleet;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.cofferdam.operator.model.ExamplePolicy;
import dev.cofferdam.policy.SandboxPolicySpec;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class SelectorsTest {
  private static final SandboxPolicySpec ALL = ExamplePolicy.minimal().getSpec();
  private static final SandboxPolicySpec A = ExamplePolicy.selecting(Map.of("pool", "a"));
  private static final SandboxPolicySpec A_OF_WEST =
      ExamplePolicy.selecting(Map.of("zone", "west", "pool", "a"));

  private final Selectors selectors = new Selectors();

  private static NodeEntry node(String name, Map<String, String> labels) {
    return NodeEntry.unknown(name).withNode("uid", labels, true);
  }

  private Set<String> policies(Map<String, String> labels) {
    Set<String> policies = new HashSet<>();
    selectors.policies(labels, policies);
    return policies;
  }

  @Test
  void policies_areThoseOfOneOfTheNodesLabels_andThoseOfAllNodes() {
    selectors.add("all", ALL, List.of());
    selectors.add("a", A, List.of());
    selectors.add("west", A_OF_WEST, List.of());
    assertEquals(Set.of("all"), policies(Map.of("pool", "b")));
    // Whether all of their labels match is for the caller to ask.
    assertEquals(Set.of("all", "a", "west"), policies(Map.of("pool", "a", "zone", "east")));
  }

  @Test
  void nodes_areFoundWhicheverCameFirst_andFollowTheirLabels() {
    selectors.add("a", A, List.of(node("first", Map.of("pool", "a")), node("no", Map.of())));
    assertEquals(Optional.of(Set.of("first")), selectors.nodes(A));

    selectors.relabelled("later", Map.of(), Map.of("pool", "a"));
    assertEquals(Optional.of(Set.of("first", "later")), selectors.nodes(A));

    selectors.relabelled("first", Map.of("pool", "a"), Map.of("pool", "b"));
    assertEquals(Optional.of(Set.of("later")), selectors.nodes(A));
  }

  @Test
  void nodes_ofASelectorThatNobodyHasOrThatSelectsAll_areToBeAskedOneByOne() {
    assertEquals(Optional.empty(), selectors.nodes(A));
    selectors.add("all", ALL, List.of());
    assertEquals(Optional.empty(), selectors.nodes(ALL));
  }

  @Test
  void policyThatIsGone_isNamedNoMore_andTheOthersOfItsLabelStay() {
    selectors.add("a", A, List.of(node("n", Map.of("pool", "a"))));
    selectors.add("west", A_OF_WEST, List.of());
    selectors.add("all", ALL, List.of());
    selectors.remove("a", A);
    selectors.remove("all", ALL);
    assertEquals(Set.of("west"), policies(Map.of("pool", "a")));
    assertEquals(Optional.of(Set.of("n")), selectors.nodes(A));
    selectors.remove("west", A_OF_WEST);
    assertEquals(Set.of(), policies(Map.of("pool", "a")));
  }
}
