package dev.cofferdam.shim.metrics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class ExpositionTest {
  @Test
  void counter_withLabels_isOneLineEach() {
    Counter counter = new Counter("eggs_total", "Eggs.", "size");
    counter.count("big");
    counter.count("big");
    assertEquals(
        """
        # HELP eggs_total Eggs.
        # TYPE eggs_total counter
        eggs_total{size="big"} 2
        """,
        text(counter));
  }

  @Test
  void counter_withoutLabels_beginsAtZero() {
    assertEquals("eggs_total 0", lastLine(new Counter("eggs_total", "Eggs.")));
  }

  @Test
  void counter_withTheWrongLabels_isRefused() {
    Counter counter = new Counter("eggs_total", "Eggs.", "size");
    assertThrows(IllegalArgumentException.class, () -> counter.count("big", "brown"));
  }

  @Test
  void label_withQuotesAndLines_staysOneLine() {
    Counter counter = new Counter("eggs_total", "a\nb\\", "name");
    counter.count("a\"b\\c\nd");
    assertEquals(
        """
        # HELP eggs_total a\\nb\\\\
        # TYPE eggs_total counter
        eggs_total{name="a\\"b\\\\c\\nd"} 1
        """,
        text(counter));
  }

  @Test
  void histogram_countsUpToEachBound() {
    Histogram histogram = new Histogram("wait_seconds", "Waiting.", "step");
    histogram.observe(Duration.ofMillis(5).toNanos(), "boil");
    histogram.observe(Duration.ofMillis(6).toNanos(), "boil");
    histogram.observe(Duration.ofHours(1).toNanos(), "boil");
    List<String> lines = text(histogram).lines().toList();
    assertEquals("wait_seconds_bucket{step=\"boil\",le=\"0.001\"} 0", lines.get(2));
    assertEquals("wait_seconds_bucket{step=\"boil\",le=\"0.005\"} 1", lines.get(3));
    assertEquals("wait_seconds_bucket{step=\"boil\",le=\"0.01\"} 2", lines.get(4));
    assertEquals("wait_seconds_bucket{step=\"boil\",le=\"120\"} 2", lines.get(15));
    assertEquals("wait_seconds_bucket{step=\"boil\",le=\"+Inf\"} 3", lines.get(16));
    assertEquals("wait_seconds_sum{step=\"boil\"} 3600.011", lines.get(17));
    assertEquals("wait_seconds_count{step=\"boil\"} 3", lines.get(18));
  }

  private static String text(MetricSource source) {
    StringBuilder text = new StringBuilder();
    source.write(new Exposition(text));
    return text.toString();
  }

  private static String lastLine(MetricSource source) {
    return text(source).lines().toList().getLast();
  }
}
