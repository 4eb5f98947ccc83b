package dev.cofferdam.bench;

import java.util.Arrays;
import java.util.List;

/** Values of one kind, in ascending order. */
record Distribution(List<Double> sorted) {

  Distribution {
    if (sorted.isEmpty()) {
      throw new IllegalArgumentException("a distribution of nothing");
    }
    sorted = sorted.stream().sorted().toList();
  }

  static Distribution of(double... values) {
    return new Distribution(Arrays.stream(values).boxed().toList());
  }

  int count() {
    return sorted.size();
  }

  double min() {
    return sorted.getFirst();
  }

  double median() {
    return quantile(0.5);
  }

  double p95() {
    return quantile(0.95);
  }

  /** Between two values by their distance, as most tools do (type 7 of Hyndman and Fan). */
  private double quantile(double share) {
    double position = share * (sorted.size() - 1);
    int below = (int) position;
    int above = Math.min(below + 1, sorted.size() - 1);
    double part = position - below;
    return sorted.get(below) * (1 - part) + sorted.get(above) * part;
  }
}
