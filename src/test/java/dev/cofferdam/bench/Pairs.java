package dev.cofferdam.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/**
 * Values of two sides, measured in turns: who goes first changes from pair to pair, so that neither
 * always finds the machine as the other left it.
 *
 * @param <V> what one turn gives
 */
record Pairs<V>(List<V> ours, List<V> others) {

  static <S, V> Pairs<V> measure(int pairs, S ours, S other, Function<S, V> turn) {
    List<V> ourValues = new ArrayList<>();
    List<V> otherValues = new ArrayList<>();
    for (int i = 0; i < pairs; i++) {
      if (i % 2 == 0) {
        ourValues.add(turn.apply(ours));
        otherValues.add(turn.apply(other));
      } else {
        otherValues.add(turn.apply(other));
        ourValues.add(turn.apply(ours));
      }
    }
    return new Pairs<>(ourValues, otherValues);
  }

  Comparison compare(
      String name, String unit, String against, double target, Function<V, Double> value) {
    return new Comparison(
        name,
        unit,
        against,
        target,
        ours.stream().map(value).toList(),
        others.stream().map(value).toList());
  }
}
