package dev.cofferdam.shim.metrics;

/** Something that has numbers to tell. */
@FunctionalInterface
public interface MetricSource {

  /** Writes whole families; called by one scrape at a time or by several at once. */
  void write(Exposition out);

  /** Several sources as one, in this order. */
  static MetricSource of(MetricSource... sources) {
    return out -> {
      for (MetricSource source : sources) {
        source.write(out);
      }
    };
  }
}
