package dev.cofferdam.bench;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** A chart of bars, each of one or more stacked pieces, as SVG. */
final class BarChart {
  private static final int LABEL_WIDTH = 330;
  private static final int BAR_WIDTH = 420;
  private static final int VALUE_WIDTH = 110;
  private static final int BAR_HEIGHT = 18;
  private static final int STEP = 24;
  private static final int HEAD = 44;
  private static final List<String> COLOURS =
      List.of(
          "#2f6f9f", "#d9822b", "#5b8c5a", "#a23b72", "#8d99ae", "#c9ada7", "#6d597a", "#e0a458",
          "#4a4e69", "#90be6d");

  private record Bar(String label, Map<String, Double> pieces) {

    double length() {
      return pieces.values().stream().mapToDouble(Double::doubleValue).sum();
    }
  }

  private final String title;
  private final String unit;
  private final List<Bar> bars = new ArrayList<>();
  private final List<String> kinds = new ArrayList<>();

  BarChart(String title, String unit) {
    this.title = title;
    this.unit = unit;
  }

  /**
   * @param pieces what the bar is made of, in this order; a kind has one colour in all bars
   */
  void bar(String label, Map<String, Double> pieces) {
    Map<String, Double> drawn = new LinkedHashMap<>();
    pieces.forEach((kind, value) -> drawn.put(kind, requireDrawable(label, value)));
    drawn.keySet().stream().filter(kind -> !kinds.contains(kind)).forEach(kinds::add);
    bars.add(new Bar(label, drawn));
  }

  private static double requireDrawable(String label, double value) {
    if (!Double.isFinite(value) || value < 0) {
      throw new IllegalArgumentException("a bar \"" + label + "\" of " + value);
    }
    return value;
  }

  boolean isEmpty() {
    return bars.isEmpty();
  }

  String svg() {
    int width = LABEL_WIDTH + BAR_WIDTH + VALUE_WIDTH;
    int height = HEAD + bars.size() * STEP + 28;
    double longest = bars.stream().mapToDouble(Bar::length).max().orElse(0);
    double scale = longest > 0 ? BAR_WIDTH / longest : 0;
    StringBuilder svg = new StringBuilder();
    svg.append(
        String.format(
            Locale.ROOT,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\""
                + " font-family=\"sans-serif\" font-size=\"12\">%n",
            width,
            height));
    svg.append(
        String.format(
            Locale.ROOT, "<rect width=\"%d\" height=\"%d\" fill=\"#ffffff\"/>%n", width, height));
    svg.append(
        String.format(
            Locale.ROOT, "<text x=\"8\" y=\"22\" font-size=\"15\">%s</text>%n", escape(title)));
    for (int i = 0; i < bars.size(); i++) {
      draw(svg, bars.get(i), HEAD + i * STEP, scale);
    }
    legend(svg, HEAD + bars.size() * STEP + 14);
    return svg.append("</svg>\n").toString();
  }

  private void draw(StringBuilder svg, Bar bar, int top, double scale) {
    int baseline = top + BAR_HEIGHT - 5;
    svg.append(
        String.format(
            Locale.ROOT,
            "<text x=\"%d\" y=\"%d\" text-anchor=\"end\">%s</text>%n",
            LABEL_WIDTH - 8,
            baseline,
            escape(bar.label)));
    double left = LABEL_WIDTH;
    for (Map.Entry<String, Double> piece : bar.pieces.entrySet()) {
      double width = piece.getValue() * scale;
      svg.append(
          String.format(
              Locale.ROOT,
              "<rect x=\"%.1f\" y=\"%d\" width=\"%.1f\" height=\"%d\" fill=\"%s\"/>%n",
              left,
              top,
              width,
              BAR_HEIGHT,
              colour(piece.getKey())));
      left += width;
    }
    svg.append(
        String.format(
            Locale.ROOT,
            "<text x=\"%.1f\" y=\"%d\">%s %s</text>%n",
            left + 6,
            baseline,
            number(bar.length()),
            escape(unit)));
  }

  private void legend(StringBuilder svg, int baseline) {
    if (kinds.size() < 2) {
      return;
    }
    int left = 8;
    for (String kind : kinds) {
      svg.append(
          String.format(
              Locale.ROOT,
              "<rect x=\"%d\" y=\"%d\" width=\"10\" height=\"10\" fill=\"%s\"/>%n",
              left,
              baseline - 9,
              colour(kind)));
      svg.append(
          String.format(
              Locale.ROOT,
              "<text x=\"%d\" y=\"%d\">%s</text>%n",
              left + 14,
              baseline,
              escape(kind)));
      left += 30 + 7 * kind.length();
    }
  }

  private String colour(String kind) {
    return COLOURS.get(kinds.indexOf(kind) % COLOURS.size());
  }

  private static String number(double value) {
    return value >= 100
        ? String.format(Locale.ROOT, "%.0f", value)
        : String.format(Locale.ROOT, "%.1f", value);
  }

  private static String escape(String text) {
    return text.replace("&", "&amp;").replace("<", "&lt;").replace("\"", "&quot;");
  }
}
