package dev.cofferdam.shim.metrics;

import java.util.List;
import java.util.function.LongSupplier;

/** One number that is looked up when somebody asks. */
public record Gauge(String name, String help, LongSupplier value) implements MetricSource {
  @Override
  public void write(Exposition out) {
    out.family(name, Exposition.Type.GAUGE, help);
    out.sample(List.of(), List.of(), value.getAsLong());
  }
}
