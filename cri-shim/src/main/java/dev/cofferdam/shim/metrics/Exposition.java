package dev.cofferdam.shim.metrics;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Locale;

/**
 * Writes Prometheus' text format 0.0.4: a family is its HELP and TYPE lines with all its samples
 * after them. Used by one thread.
 */
public final class Exposition {
  private static final double NANOS_PER_SECOND = 1e9;

  private final Appendable out;
  private String family = "";

  public Exposition(Appendable out) {
    this.out = out;
  }

  /** What the numbers of a family are. */
  public enum Type {
    COUNTER,
    GAUGE,
    HISTOGRAM
  }

  /** Begins a family; its samples follow. */
  public void family(String name, Type type, String help) {
    family = name;
    append("# HELP ").append(name).append(' ').append(escaped(help, false)).append("\n# TYPE ");
    append(name).append(' ').append(type.name().toLowerCase(Locale.ROOT)).append("\n");
  }

  /** A whole number. */
  public void sample(List<String> labelNames, List<String> labelValues, long value) {
    line("", labelNames, labelValues, "", Long.toString(value));
  }

  /** Time, as Prometheus counts it: in seconds. */
  public void seconds(List<String> labelNames, List<String> labelValues, long nanos) {
    line("", labelNames, labelValues, "", number(nanos / NANOS_PER_SECOND));
  }

  /** One line of a histogram. */
  void part(
      String suffix,
      List<String> labelNames,
      List<String> labelValues,
      String upperBound,
      String value) {
    line(suffix, labelNames, labelValues, upperBound, value);
  }

  static String number(double value) {
    return value == Math.rint(value) && Math.abs(value) < 1e15
        ? Long.toString((long) value)
        : Double.toString(value);
  }

  private void line(
      String suffix,
      List<String> labelNames,
      List<String> labelValues,
      String upperBound,
      String value) {
    append(family).append(suffix);
    if (!labelNames.isEmpty() || !upperBound.isEmpty()) {
      String separator = "{";
      for (int i = 0; i < labelNames.size(); i++) {
        append(separator).append(labelNames.get(i)).append("=\"");
        append(escaped(labelValues.get(i), true)).append("\"");
        separator = ",";
      }
      if (!upperBound.isEmpty()) {
        append(separator).append("le=\"").append(upperBound).append("\"");
      }
      append("}");
    }
    append(" ").append(value).append("\n");
  }

  /** Labels come from users (names of images, of pods): nothing in them ends a line. */
  private static String escaped(String text, boolean quoted) {
    if (text.indexOf('\\') < 0 && text.indexOf('\n') < 0 && text.indexOf('"') < 0) {
      return text;
    }
    String escaped = text.replace("\\", "\\\\").replace("\n", "\\n");
    return quoted ? escaped.replace("\"", "\\\"") : escaped;
  }

  private Exposition append(String text) {
    try {
      out.append(text);
      return this;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Exposition append(char character) {
    return append(String.valueOf(character));
  }
}
