package dev.cofferdam.bench;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Which charts are drawn of a run's results. */
final class Charts {
  private Charts() {}

  /** By file name; those with nothing to show are left out. */
  static Map<String, BarChart> of(Results results) {
    Map<String, BarChart> charts = new LinkedHashMap<>();
    charts.put("time.svg", time(results.comparisons()));
    charts.put("ratio.svg", ratios(results.comparisons()));
    charts.put("memory.svg", memory(results.footprints()));
    charts.put("cpu.svg", processor(results.footprints()));
    charts.values().removeIf(BarChart::isEmpty);
    return charts;
  }

  private static BarChart time(List<Comparison> comparisons) {
    BarChart chart = new BarChart("Time, medians", "ms");
    for (Comparison each : comparisons) {
      if (each.unit().equals("ms")) {
        chart.bar(each.name() + ", ours", Map.of("ours", each.our().median()));
        chart.bar(each.against(), Map.of("theirs", each.other().median()));
      }
    }
    return chart;
  }

  private static BarChart ratios(List<Comparison> comparisons) {
    BarChart chart = new BarChart("Ours as a share of theirs, medians of pairs", "");
    for (Comparison each : comparisons) {
      chart.bar(each.name(), Map.of("ratio", each.ratio().median()));
    }
    return chart;
  }

  private static BarChart memory(List<Footprint> footprints) {
    BarChart chart = new BarChart("Memory of idle pods, PSS for each pod", "MiB");
    for (Footprint each : footprints) {
      Map<String, Double> pieces = new LinkedHashMap<>();
      each.pssKib()
          .forEach(
              (kind, kib) -> {
                if (kind != ProcessKind.CONTAINERD) {
                  pieces.put(kind.title(), kib / 1024.0 / each.pods());
                }
              });
      chart.bar(label(each), pieces);
    }
    return chart;
  }

  private static BarChart processor(List<Footprint> footprints) {
    BarChart chart = new BarChart("CPU of idle pods, for each pod in 30 s", "ms");
    for (Footprint each : footprints.stream().filter(f -> !f.cpuMillis().isEmpty()).toList()) {
      Map<String, Double> pieces = new LinkedHashMap<>();
      each.cpuMillis()
          .forEach(
              (kind, millis) -> {
                if (kind != ProcessKind.CONTAINERD) {
                  pieces.put(kind.title(), millis * 30 / each.seconds() / each.pods());
                }
              });
      chart.bar(label(each), pieces);
    }
    return chart;
  }

  private static String label(Footprint footprint) {
    return footprint.pods() + (footprint.pods() == 1 ? " pod, " : " pods, ") + footprint.side();
  }
}
