package dev.cofferdam.bench;

import java.util.ArrayList;
import java.util.List;

/**
 * How many times the other's a value of ours is, pair by pair: what slows the machine for a while
 * slows both of a pair.
 *
 * @param median of the pairs' ratios
 * @param low lower end of the median's confidence interval
 * @param high its upper end
 * @param confidence how sure the interval is: 0.95, less where there are too few pairs for that
 */
record PairedRatio(double median, double low, double high, double confidence, int pairs) {
  private static final double WANTED = 0.95;

  static PairedRatio of(List<Double> ours, List<Double> others) {
    if (ours.size() != others.size()) {
      throw new IllegalArgumentException(ours.size() + " values of ours, " + others.size());
    }
    List<Double> ratios = new ArrayList<>();
    for (int i = 0; i < ours.size(); i++) {
      ratios.add(ours.get(i) / others.get(i));
    }
    Distribution distribution = new Distribution(ratios);
    int left = leftOut(distribution.count());
    return new PairedRatio(
        distribution.median(),
        distribution.sorted().get(left),
        distribution.sorted().get(distribution.count() - 1 - left),
        confidence(distribution.count(), left),
        distribution.count());
  }

  /**
   * The median lies between the k-th value from below and from above with a probability that only
   * the binomial distribution decides, whatever the values': no model of the noise is needed.
   */
  private static int leftOut(int count) {
    int left = 0;
    while (2 * (left + 1) < count && confidence(count, left + 1) >= WANTED) {
      left++;
    }
    return left;
  }

  private static double confidence(int count, int leftOut) {
    double outside = 0;
    double probability = Math.pow(0.5, count);
    for (int k = 0; k <= leftOut; k++) {
      outside += probability;
      probability = probability * (count - k) / (k + 1);
    }
    return Math.max(0, 1 - 2 * outside);
  }
}
