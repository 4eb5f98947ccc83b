package dev.cofferdam.shim.metrics;

import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.LongAdder;

/**
 * How long things took, by label values, in buckets. Thread-safe, and cheap enough for the event
 * loop.
 */
public final class Histogram implements MetricSource {
  /** From a status out of memory to a pod whose image is being looked for. */
  private static final long[] BOUNDS_MILLIS = {
    1, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 30_000, 120_000
  };

  private final String name;
  private final String help;
  private final List<String> labelNames;
  private final Map<List<String>, Series> series = new ConcurrentHashMap<>();

  public Histogram(String name, String help, String... labelNames) {
    this.name = name;
    this.help = help;
    this.labelNames = List.of(labelNames);
  }

  private static final class Series {
    final AtomicLongArray buckets = new AtomicLongArray(BOUNDS_MILLIS.length + 1);
    final LongAdder sumNanos = new LongAdder();
  }

  public void observe(long nanos, String... labelValues) {
    List<String> key = List.of(labelValues);
    if (key.size() != labelNames.size()) {
      throw new IllegalArgumentException(name + " has the labels " + labelNames);
    }
    Series of = series.get(key);
    if (of == null) {
      of = series.computeIfAbsent(key, _ -> new Series());
    }
    int bucket = 0;
    while (bucket < BOUNDS_MILLIS.length
        && nanos > TimeUnit.MILLISECONDS.toNanos(BOUNDS_MILLIS[bucket])) {
      bucket++;
    }
    of.buckets.incrementAndGet(bucket);
    of.sumNanos.add(nanos);
  }

  @Override
  public void write(Exposition out) {
    out.family(name, Exposition.Type.HISTOGRAM, help);
    series.forEach(
        (labels, of) -> {
          long count = 0;
          for (int i = 0; i <= BOUNDS_MILLIS.length; i++) {
            count += of.buckets.get(i);
            String bound =
                i == BOUNDS_MILLIS.length ? "+Inf" : Exposition.number(BOUNDS_MILLIS[i] / 1e3);
            out.part("_bucket", labelNames, labels, bound, Long.toString(count));
          }
          double sum = of.sumNanos.sum() / 1e9;
          out.part("_sum", labelNames, labels, "", Exposition.number(sum));
          out.part("_count", labelNames, labels, "", Long.toString(count));
        });
  }
}
