package dev.cofferdam.bench;

import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Results in words and tables. */
final class Report {
  private Report() {}

  static String text(Results results) {
    StringBuilder text = new StringBuilder("# Pods, measured\n\n");
    text.append(results.machine()).append(".\n\n");
    section(text, "Time", comparisons(results.comparisons()));
    section(text, "Memory of idle pods, PSS in KiB for each pod", memory(results.footprints()));
    section(text, "CPU of idle pods, ms for each pod in 30 s", processor(results.footprints()));
    section(text, "By itself", singles(results.singles()));
    return text.toString();
  }

  private static void section(StringBuilder text, String title, TextTable table) {
    if (!table.isEmpty()) {
      text.append("## ").append(title).append("\n\n").append(table).append('\n');
    }
  }

  private static TextTable comparisons(List<Comparison> comparisons) {
    TextTable table =
        new TextTable(
            "what", "pairs", "ours (min / median / 95 %)", "against", "theirs", "ratio", "target");
    for (Comparison each : comparisons) {
      PairedRatio ratio = each.ratio();
      table.row(
          each.name(),
          Integer.toString(ratio.pairs()),
          values(each.our()) + " " + each.unit(),
          each.against(),
          values(each.other()) + " " + each.unit(),
          String.format(
              Locale.ROOT, "%.2f (%.2f to %.2f)", ratio.median(), ratio.low(), ratio.high()),
          each.hasTarget()
              ? String.format(Locale.ROOT, "%.2f: %s", each.target(), verdict(each.met()))
              : "");
    }
    return table;
  }

  private static TextTable memory(List<Footprint> footprints) {
    TextTable table =
        new TextTable("pods", "side", "all", "with JVM and keeper", "by kind (processes)");
    for (Footprint each : footprints) {
      StringBuilder kinds = new StringBuilder();
      each.pssKib()
          .forEach(
              (kind, kib) ->
                  kinds
                      .append(kinds.isEmpty() ? "" : ", ")
                      .append(String.format(Locale.ROOT, "%s %d", kind.title(), kib / each.pods()))
                      .append(
                          String.format(
                              Locale.ROOT, " (%d)", each.processes().getOrDefault(kind, 0L))));
      table.row(
          Integer.toString(each.pods()),
          each.side(),
          String.format(Locale.ROOT, "%.0f", each.pssKibPerPod()),
          String.format(Locale.ROOT, "%.0f", each.pssKibPerPodWithOwn()),
          kinds.toString());
    }
    return table;
  }

  private static TextTable processor(List<Footprint> footprints) {
    TextTable table = new TextTable("pods", "side", "all", "by kind, of all pods");
    for (Footprint each : footprints.stream().filter(f -> !f.cpuMillis().isEmpty()).toList()) {
      StringBuilder kinds = new StringBuilder();
      for (Map.Entry<ProcessKind, Double> kind : each.cpuMillis().entrySet()) {
        double millis = kind.getValue() * 30 / each.seconds();
        kinds
            .append(kinds.isEmpty() ? "" : ", ")
            .append(String.format(Locale.ROOT, "%s %.0f", kind.getKey().title(), millis));
      }
      table.row(
          Integer.toString(each.pods()),
          each.side(),
          String.format(Locale.ROOT, "%.1f", each.cpuMillisPerPodIn30Seconds()),
          kinds.toString());
    }
    return table;
  }

  private static TextTable singles(List<Single> singles) {
    TextTable table = new TextTable("what", "value", "at most");
    for (Single each : singles) {
      table.row(
          each.name(),
          String.format(Locale.ROOT, "%.1f %s", each.value(), each.unit()),
          each.most() == 0
              ? ""
              : String.format(Locale.ROOT, "%.0f: %s", each.most(), verdict(each.met())));
    }
    return table;
  }

  private static String values(Distribution values) {
    String number = values.median() >= 1000 ? "%.0f" : "%.1f";
    return String.format(
        Locale.ROOT,
        number + " / " + number + " / " + number,
        values.min(),
        values.median(),
        values.p95());
  }

  private static String verdict(boolean met) {
    return met ? "met" : "missed";
  }
}
