package dev.cofferdam.operator.fleet;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Duration;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class HeartbeatsTest {
  private static final Set<String> BOTH = Set.of("a", "b");

  private final Heartbeats heartbeats =
      new Heartbeats(Duration.ofSeconds(60), Duration.ofSeconds(20));

  @Test
  void leaseThatStays_isStaleAfterTheGracePeriod() {
    for (int second = 0; second <= 60; second += 10) {
      assertEquals(Set.of(), look(second, "a", "t" + second, "b", "t0"));
    }
    assertEquals(Set.of("b"), look(70, "a", "t70", "b", "t0"));
    assertEquals(Set.of(), look(80, "a", "t80", "b", "t80"));
  }

  @Test
  void outage_beginsEverybodysPeriodAnew() {
    look(0, "a", "t0", "b", "t0");
    for (int second = 10; second <= 60; second += 10) {
      heartbeats.outage();
    }
    // Nobody could renew meanwhile either.
    assertEquals(Set.of(), look(70, "a", "t0", "b", "t0"));
    for (int second = 80; second <= 130; second += 10) {
      assertEquals(Set.of(), look(second, "a", "t" + second, "b", "t0"));
    }
    assertEquals(Set.of("b"), look(140, "a", "t140", "b", "t0"));
  }

  @Test
  void lookThatComesTooLate_countsAsAnOutage() {
    look(0, "a", "t0", "b", "t0");
    assertEquals(Set.of(), look(100, "a", "t0", "b", "t0"));
  }

  @Test
  void nodeWithoutLease_isStaleAfterTheGracePeriod() {
    for (int second = 0; second <= 60; second += 10) {
      look(second, "a", "t" + second);
    }
    assertEquals(Set.of("b"), look(70, "a", "t70"));
  }

  @Test
  void nodeThatWasNotReady_hasAPeriodOfItsOwnWhenItIs() {
    for (int second = 0; second <= 60; second += 10) {
      look(second, "a", "t" + second, "b", "t0");
    }
    assertEquals(Set.of("b"), look(Set.of("b"), 70, "a", "t70", "b", "t0"));
    for (int second = 80; second <= 140; second += 10) {
      assertEquals(Set.of(), look(second, "a", "t" + second, "b", "t0"));
    }
    assertEquals(Set.of("b"), look(150, "a", "t150", "b", "t0"));
  }

  private Set<String> look(int second, String... leases) {
    return look(Set.of(), second, leases);
  }

  private Set<String> look(Set<String> notReady, int second, String... leases) {
    Map<String, String> renewTimes =
        leases.length == 2
            ? Map.of(leases[0], leases[1])
            : Map.of(leases[0], leases[1], leases[2], leases[3]);
    return heartbeats.look(renewTimes, BOTH, notReady, Duration.ofSeconds(second));
  }
}
