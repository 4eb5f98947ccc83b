package dev.cofferdam.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

final class StatisticsTest {

  @Test
  void distribution_ofValuesInAnyOrder_hasMinMedianAndP95() {
    Distribution distribution = Distribution.of(5, 1, 4, 2, 3);
    assertEquals(1, distribution.min());
    assertEquals(3, distribution.median());
    assertEquals(4.8, distribution.p95(), 1e-9);
  }

  @Test
  void distribution_ofAnEvenNumber_hasTheMedianBetweenTheTwoInTheMiddle() {
    assertEquals(2.5, Distribution.of(1, 2, 3, 4).median());
  }

  @Test
  void distribution_ofNothing_isRefused() {
    assertThrows(IllegalArgumentException.class, () -> new Distribution(List.of()));
  }

  @Test
  void pairedRatio_whereBothSlowDownTogether_isNotMisled() {
    PairedRatio ratio = PairedRatio.of(List.of(1.0, 10.0, 100.0), List.of(2.0, 20.0, 200.0));
    assertEquals(0.5, ratio.median());
    assertEquals(0.5, ratio.low());
    assertEquals(0.5, ratio.high());
  }

  /** The table of ranks for a median's 95 % interval: n = 20 gives the 6th and the 15th. */
  @Test
  void pairedRatio_ofTwentyPairs_leavesFiveOutAtEitherEnd() {
    PairedRatio ratio = ratioOf(20);
    assertEquals(6, ratio.low());
    assertEquals(15, ratio.high());
    assertEquals(0.959, ratio.confidence(), 0.001);
  }

  @Test
  void pairedRatio_ofTooFewPairs_saysHowLittleItIsSure() {
    PairedRatio ratio = ratioOf(3);
    assertEquals(1, ratio.low());
    assertEquals(3, ratio.high());
    assertEquals(0.75, ratio.confidence(), 1e-9);
    assertEquals(0, ratioOf(1).confidence(), 1e-9);
  }

  @Test
  void pairedRatio_ofManyPairs_staysInsideThem() {
    PairedRatio ratio = ratioOf(300);
    assertTrue(ratio.low() > 130 && ratio.high() < 171, ratio.toString());
    assertTrue(ratio.confidence() >= 0.95, ratio.toString());
  }

  @Test
  void pairs_areMeasuredInTurns() {
    List<String> order = new ArrayList<>();
    Pairs<Integer> pairs =
        Pairs.measure(
            2,
            "ours",
            "other",
            side -> {
              order.add(side);
              return order.size();
            });
    assertEquals(List.of("ours", "other", "other", "ours"), order);
    assertEquals(List.of(1, 4), pairs.ours());
    assertEquals(List.of(2, 3), pairs.others());
  }

  /** Ratios 1 to n. */
  private static PairedRatio ratioOf(int count) {
    List<Double> ours = IntStream.rangeClosed(1, count).mapToObj(i -> (double) i).toList();
    return PairedRatio.of(ours, Collections.nCopies(count, 1.0));
  }
}
