package dev.cofferdam.shim.check;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class CheckTimesTest {
  private static final Duration INTERVAL = Duration.ofMinutes(10);
  private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");
  private static final String SYSTRAP = "gvisor/systrap";
  private static final String KVM = "gvisor/kvm";

  private final CheckTimes times = new CheckTimes(INTERVAL);

  private static Finding finding(String name, boolean works, Duration took) {
    return new Finding(
        name.substring(0, name.indexOf('/')),
        name.substring(name.indexOf('/') + 1),
        works,
        "",
        false,
        "",
        took.toMillis(),
        Optional.empty(),
        List.of(),
        Optional.empty());
  }

  /** In which seconds after the start a variant that never passes is checked. */
  private List<Long> secondsOfFailures(String name, Duration took, int count) {
    List<Long> seconds = new ArrayList<>();
    Instant now = START;
    for (int i = 0; i < count; i++) {
      times.checked(finding(name, false, took), now);
      Instant next = now;
      while (!times.due(name, next)) {
        next = next.plusSeconds(1);
      }
      now = next;
      seconds.add(Duration.between(START, now).toSeconds());
    }
    return seconds;
  }

  private static List<Long> sums(long... seconds) {
    List<Long> sums = new ArrayList<>();
    LongStream.of(seconds).forEach(s -> sums.add(s + (sums.isEmpty() ? 0 : sums.getLast())));
    return sums;
  }

  @Test
  void neverChecked_isDueAtOnce() {
    assertTrue(times.due(SYSTRAP, START));
    assertEquals(Duration.ZERO, times.untilNext(List.of(SYSTRAP), START));
  }

  @Test
  void works_onASlowMachine_hasATenthOfTheTime() {
    times.checked(finding(SYSTRAP, true, Duration.ofMinutes(9)), START);
    assertFalse(times.due(SYSTRAP, START.plus(Duration.ofMinutes(89))));
    assertTrue(times.due(SYSTRAP, START.plus(Duration.ofMinutes(90))));
  }

  @Test
  void works_isDueAfterTheInterval() {
    times.checked(finding(SYSTRAP, true, Duration.ofSeconds(2)), START);
    assertFalse(times.due(SYSTRAP, START.plus(INTERVAL).minusSeconds(1)));
    assertTrue(times.due(SYSTRAP, START.plus(INTERVAL)));
    assertEquals(INTERVAL, times.untilNext(List.of(SYSTRAP), START));
  }

  @Test
  void neverWorked_isTriedAgainAfterAMinute_thenLaterUpToAnHour() {
    assertEquals(
        sums(60, 120, 240, 480, 960, 1920, 3600, 3600),
        secondsOfFailures(SYSTRAP, Duration.ofSeconds(1), 8));
  }

  @Test
  void neverWorked_andHangs_takesATenthOfTheTimeAtMost() {
    assertEquals(
        sums(600, 600, 600, 600, 960, 1920, 3600),
        secondsOfFailures(KVM, Duration.ofSeconds(60), 7));
  }

  @Test
  void lost_isTriedAgainAfterSeconds_thenLaterUpToTheInterval() {
    times.worked(SYSTRAP);
    assertEquals(
        sums(6, 12, 24, 48, 96, 192, 384, 600, 600),
        secondsOfFailures(SYSTRAP, Duration.ofMillis(100), 9));
  }

  @Test
  void lost_bringsTheOthersForward_once() {
    times.checked(finding(SYSTRAP, true, Duration.ZERO), START);
    times.checked(finding(KVM, true, Duration.ZERO), START);
    Instant lost = START.plusSeconds(100);
    times.checked(finding(SYSTRAP, false, Duration.ZERO), lost);
    assertTrue(times.due(KVM, lost.plusSeconds(6)));

    times.checked(finding(KVM, true, Duration.ZERO), lost.plusSeconds(6));
    times.checked(finding(SYSTRAP, false, Duration.ZERO), lost.plusSeconds(6));
    assertFalse(times.due(KVM, lost.plusSeconds(100)));
  }

  @Test
  void forget_makesAllDue() {
    times.checked(finding(SYSTRAP, true, Duration.ZERO), START);
    times.forget();
    assertTrue(times.due(SYSTRAP, START));
  }
}
