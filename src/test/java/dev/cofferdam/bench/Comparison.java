package dev.cofferdam.bench;

import java.util.List;

/**
 * One thing that was measured on two sides, in pairs.
 *
 * @param name what, as in a table's row
 * @param unit such as {@code ms}
 * @param against whom: as in "our ratio to …"
 * @param target what the ratio may be at most; 0: it is only told
 */
record Comparison(
    String name,
    String unit,
    String against,
    double target,
    List<Double> ours,
    List<Double> others) {

  Comparison {
    ours = List.copyOf(ours);
    others = List.copyOf(others);
  }

  Distribution our() {
    return new Distribution(ours);
  }

  Distribution other() {
    return new Distribution(others);
  }

  PairedRatio ratio() {
    return PairedRatio.of(ours, others);
  }

  boolean hasTarget() {
    return target > 0;
  }

  boolean met() {
    return ratio().median() <= target;
  }
}
