package dev.cofferdam.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;

/** What the shim of this lab counts. */
final class ShimMetrics {
  private static final URI METRICS = URI.create("http://127.0.0.1:9477/metrics");
  private static final String ATTACHED =
      "cofferdam_pod_start_step_seconds_sum{step=\"attach the pod to the network\",result=\"ok\"} ";

  private ShimMetrics() {}

  /** Time that CNI's ADD has taken so far, of all pods together. */
  static double networkMillis() {
    try (var in = METRICS.toURL().openStream()) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8)
          .lines()
          .filter(line -> line.startsWith(ATTACHED))
          .findFirst()
          .map(line -> Double.parseDouble(line.substring(ATTACHED.length())) * 1000)
          .orElse(0.0);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
