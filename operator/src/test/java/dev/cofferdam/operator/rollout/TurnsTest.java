package dev.cofferdam.operator.rollout;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cofferdam.operator.rollout.Agent.Ended;
import dev.cofferdam.operator.rollout.Turn.Verb;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class TurnsTest {
  private static final Turn GIVEN = new Turn(Verb.INSTALL, "t1");

  @Test
  void next_atMostSoManyAtATime_byTheNodesNames() {
    List<Agent> all = List.of(waiting("c"), waiting("a"), waiting("b"));
    assertEquals(List.of("a", "b"), nodes(Turns.next(all, 2)));
    assertEquals(List.of("a"), nodes(Turns.next(List.of(all.get(0), all.get(1), working("b")), 2)));
    assertEquals(List.of(), Turns.next(List.of(waiting("a"), working("b")), 1));
  }

  @Test
  void next_afterANodeThatIsReady_goesOn() {
    assertEquals(List.of("b"), nodes(Turns.next(List.of(ready("a"), waiting("b")), 1)));
  }

  @Test
  void next_afterANodeThatFailed_stopsItsRevisionOnly() {
    Agent other = new Agent("p-z", "z", "newer", Optional.empty(), false, Optional.empty());
    assertEquals(List.of("z"), nodes(Turns.next(List.of(failed("a"), waiting("b"), other), 5)));
  }

  @Test
  void next_podWithoutANode_waits() {
    Agent unscheduled = new Agent("p", "", "r", Optional.empty(), false, Optional.empty());
    assertEquals(List.of(), Turns.next(List.of(unscheduled), 1));
  }

  @Test
  void ended_byAnEarlierTurn_isNoOutcomeOfThisOne() {
    Agent agent =
        new Agent(
            "p",
            "a",
            "r",
            Optional.of(new Turn(Verb.UNINSTALL, "t2")),
            false,
            Optional.of(new Ended(1, "t1: broken")));
    assertTrue(agent.atWork());
    assertTrue(!agent.failed());
  }

  @Test
  void most_numberOrShare_atLeastOne() {
    assertEquals(3, Turns.most("3", 100));
    assertEquals(10, Turns.most("10%", 100));
    assertEquals(1, Turns.most("10%", 5));
  }

  @Test
  void turn_asText_andBack() {
    for (Verb verb : Verb.values()) {
      Turn turn = Turn.next(verb, 1_700_000_000_000L);
      assertEquals(Optional.of(turn), Turn.of(turn.toString()));
    }
    assertEquals(Optional.empty(), Turn.of("install"));
    assertEquals(Optional.empty(), Turn.of("remove x"));
  }

  @Test
  void agent_ofAPodWhoseContainerStartedAnew_knowsHowItEnded() {
    Pod pod =
        Serialization.unmarshal(
            """
            apiVersion: v1
            kind: Pod
            metadata:
              name: cofferdam-node-x
              labels: {controller-revision-hash: r7}
              annotations: {cofferdam.dev/turn: install t1}
            spec: {nodeName: a, containers: []}
            status:
              containerStatuses:
              - name: agent
                ready: false
                state: {running: {}}
                lastState: {terminated: {exitCode: 1, message: "t1: no room"}}
            """,
            Pod.class);
    Agent agent = Agent.of(pod);
    assertEquals("r7", agent.revision());
    assertTrue(agent.failed());
    assertEquals("node a: t1: no room", Rollout.why(agent));
  }

  private static List<String> nodes(List<Agent> agents) {
    return agents.stream().map(Agent::node).toList();
  }

  private static Agent waiting(String node) {
    return new Agent("p-" + node, node, "r", Optional.empty(), false, Optional.empty());
  }

  private static Agent working(String node) {
    return new Agent("p-" + node, node, "r", Optional.of(GIVEN), false, Optional.empty());
  }

  private static Agent ready(String node) {
    return new Agent("p-" + node, node, "r", Optional.of(GIVEN), true, Optional.empty());
  }

  private static Agent failed(String node) {
    return new Agent(
        "p-" + node,
        node,
        "r",
        Optional.of(GIVEN),
        false,
        Optional.of(new Ended(1, "t1: it did not work")));
  }
}
