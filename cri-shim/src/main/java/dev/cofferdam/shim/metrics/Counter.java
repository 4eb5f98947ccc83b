package dev.cofferdam.shim.metrics;

import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/**
 * Counts, by label values. Whoever counts keeps the label values few: they are never forgotten.
 * Thread-safe, and cheap enough for the event loop.
 */
public final class Counter implements MetricSource {
  private final String name;
  private final String help;
  private final List<String> labelNames;
  private final Map<List<String>, LongAdder> counts = new ConcurrentHashMap<>();

  /** A counter with labels; one without is there from the start, at 0. */
  public Counter(String name, String help, String... labelNames) {
    this.name = name;
    this.help = help;
    this.labelNames = List.of(labelNames);
    if (labelNames.length == 0) {
      counts.put(List.of(), new LongAdder());
    }
  }

  public void count(String... labelValues) {
    List<String> key = List.of(labelValues);
    if (key.size() != labelNames.size()) {
      throw new IllegalArgumentException(name + " has the labels " + labelNames);
    }
    LongAdder count = counts.get(key);
    if (count == null) {
      count = counts.computeIfAbsent(key, _ -> new LongAdder());
    }
    count.increment();
  }

  @Override
  public void write(Exposition out) {
    out.family(name, Exposition.Type.COUNTER, help);
    counts.forEach((labels, count) -> out.sample(labelNames, labels, count.sum()));
  }
}
