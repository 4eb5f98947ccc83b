package dev.cofferdam.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

final class ReportTest {

  @Test
  void barChart_isXml_withBarsInProportion() throws Exception {
    BarChart chart = new BarChart("A < B & \"C\"", "ms");
    chart.bar("short", Map.of("all", 10.0));
    Map<String, Double> pieces = new LinkedHashMap<>();
    pieces.put("first", 10.0);
    pieces.put("second", 30.0);
    chart.bar("long", pieces);

    Document svg = parse(chart.svg());
    List<Double> widths = bars(svg);
    assertEquals(List.of(105.0, 105.0, 315.0), widths);
    assertTrue(svg.getDocumentElement().getTextContent().contains("A < B & \"C\""));
  }

  @Test
  void barChart_ofZeros_isDrawn() throws Exception {
    BarChart chart = new BarChart("nothing", "ms");
    chart.bar("zero", Map.of("all", 0.0));
    assertEquals(List.of(0.0), bars(parse(chart.svg())));
  }

  @Test
  void barChart_ofWhatCannotBeDrawn_isRefused() {
    BarChart chart = new BarChart("bad", "ms");
    assertThrows(IllegalArgumentException.class, () -> chart.bar("bad", Map.of("all", Double.NaN)));
    assertThrows(IllegalArgumentException.class, () -> chart.bar("bad", Map.of("all", -1.0)));
  }

  @Test
  void textTable_alignsItsColumns() {
    TextTable table = new TextTable("a", "long head");
    table.row("longer", "1");
    assertEquals(
        """
        | a      | long head |
        |--------|-----------|
        | longer | 1         |
        """,
        table.toString());
  }

  @Test
  void report_tellsWhichTargetsAreMet() {
    String text = Report.text(results());
    assertTrue(text.contains("0.50 (0.50 to 0.50)"), text);
    assertTrue(text.contains("0.75: met"), text);
    assertTrue(text.contains("0.30: missed"), text);
    assertTrue(text.contains("gofer 100 (4)"), text);
  }

  @Test
  void json_hasEveryValue() throws Exception {
    JsonNode json = new ObjectMapper().readTree(JsonReport.of(results()));
    assertEquals(2.0, json.at("/comparisons/0/others/0").doubleValue());
    assertEquals(0.5, json.at("/comparisons/0/ratio/median").doubleValue());
    assertFalse(json.at("/comparisons/1/met").booleanValue());
    assertEquals(200, json.at("/footprints/0/pssKib/gofer").longValue());
  }

  @Test
  void processKinds_areToldByCommandLine() {
    assertEquals(
        Optional.of(ProcessKind.WAIT),
        ProcessKind.of(List.of("/usr/bin/runsc", "--root=/run", "wait", "abc")));
    assertEquals(Optional.of(ProcessKind.GOFER), ProcessKind.of(List.of("runsc-gofer", "gofer")));
    assertEquals(
        Optional.of(ProcessKind.JVM),
        ProcessKind.of(List.of("/jdk/bin/java", "dev.cofferdam.shim.cli.Cofferdam", "shim")));
    assertEquals(Optional.empty(), ProcessKind.of(List.of("/jdk/bin/java", "Other")));
    assertEquals(Optional.empty(), ProcessKind.of(List.of()));
  }

  @Test
  void footprint_countsWhatANodeHasOnce_onlyWhereAsked() {
    Footprint footprint = footprint();
    assertEquals(100, footprint.pssKibPerPod());
    assertEquals(600, footprint.pssKibPerPodWithOwn());
    assertEquals(100, footprint.without(ProcessKind.JVM).pssKibPerPodWithOwn());
  }

  private static Footprint footprint() {
    return new Footprint(
        2,
        "Cofferdam",
        Map.of(ProcessKind.GOFER, 4L, ProcessKind.JVM, 1L, ProcessKind.CONTAINERD, 1L),
        Map.of(ProcessKind.GOFER, 200L, ProcessKind.JVM, 1000L, ProcessKind.CONTAINERD, 7L),
        Map.of(),
        1);
  }

  private static Results results() {
    Results results =
        new Results(new Machine("2026-01-01", "abc", "a processor", 2, 1024, "6.1", "0.1"));
    results.add(new Comparison("start", "ms", "peer", 0.75, List.of(1.0), List.of(2.0)));
    results.add(new Comparison("exec", "ms", "peer", 0.3, List.of(1.0), List.of(2.0)));
    results.add(footprint());
    results.add(new Single("RSS", "MB", 100, 110));
    return results;
  }

  private static Document parse(String svg) throws Exception {
    return DocumentBuilderFactory.newInstance()
        .newDocumentBuilder()
        .parse(new ByteArrayInputStream(svg.getBytes(StandardCharsets.UTF_8)));
  }

  /** Widths of the bars' pieces; the legend's squares and the background aside. */
  private static List<Double> bars(Document svg) {
    NodeList all = svg.getElementsByTagName("rect");
    List<Double> widths = new ArrayList<>();
    for (int i = 0; i < all.getLength(); i++) {
      Element rect = (Element) all.item(i);
      if (rect.getAttribute("height").equals("18")) {
        widths.add(Double.valueOf(rect.getAttribute("width")));
      }
    }
    return widths;
  }
}
