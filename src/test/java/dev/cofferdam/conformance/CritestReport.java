package dev.cofferdam.conformance;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.xml.parsers.DocumentBuilderFactory;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

/**
 * What became of each of critest's specs.
 *
 * @param outcomes by the spec's full name: {@code passed}, {@code skipped}, {@code pending}, or how
 *     it failed ({@code failed}, {@code timedout}, {@code panicked}, {@code interrupted}, …) and
 *     why
 */
record CritestReport(Map<String, String> outcomes) {

  /** Of specs that did not run. All but these and those that passed have failed. */
  private static final Set<String> NOT_RUN = Set.of("skipped", "pending");

  /** Reads the JUnit report that Ginkgo wrote. */
  static CritestReport read(Path file) throws Exception {
    NodeList cases =
        DocumentBuilderFactory.newDefaultInstance()
            .newDocumentBuilder()
            .parse(file.toFile())
            .getElementsByTagName("testcase");
    Map<String, String> outcomes = new TreeMap<>();
    for (int i = 0; i < cases.getLength(); i++) {
      Element spec = (Element) cases.item(i);
      if (spec.getAttribute("name").startsWith("[It]")) {
        outcomes.put(spec.getAttribute("name"), spec.getAttribute("status") + reason(spec));
      }
    }
    return new CritestReport(outcomes);
  }

  /** Ginkgo calls it an error where the spec panicked or was interrupted. */
  private static String reason(Element spec) {
    return Stream.of("failure", "error")
        .map(spec::getElementsByTagName)
        .filter(found -> found.getLength() > 0)
        .map(found -> ": " + found.item(0).getTextContent())
        .findFirst()
        .orElse("");
  }

  /** The names of the specs that passed, sorted. */
  List<String> passed() {
    return outcomes.keySet().stream().filter(spec -> outcome(spec).equals("passed")).toList();
  }

  /** The names of the specs that ran and failed, sorted. */
  List<String> failed() {
    return outcomes.keySet().stream()
        .filter(spec -> !outcome(spec).equals("passed") && !NOT_RUN.contains(outcome(spec)))
        .toList();
  }

  /** Those of the specs that did not pass here. */
  List<String> notPassed(List<String> specs) {
    return specs.stream().filter(spec -> !outcome(spec).equals("passed")).toList();
  }

  /** This report with what a second run of some specs gave in its place. */
  CritestReport updatedBy(CritestReport second) {
    Map<String, String> both = new TreeMap<>(outcomes);
    second.outcomes.forEach((spec, outcome) -> both.merge(spec, outcome, this::laterOf));
    return new CritestReport(both);
  }

  /** Specs out of focus are reported as skipped. */
  private String laterOf(String first, String second) {
    return second.equals("skipped") ? first : second;
  }

  /** A regular expression for Ginkgo that picks these specs. */
  static String focus(List<String> specs) {
    return specs.stream()
        .map(CritestReport::plainName)
        .map(spec -> spec.replaceAll("[^\\w ]", "."))
        .collect(Collectors.joining("|"));
  }

  /** A spec's name as critest prints it, without the labels after it. */
  static String plainName(String spec) {
    return spec.replace("[It] ", "").replaceAll("( \\[\\w+])+$", "");
  }

  String outcome(String spec) {
    return outcomes.getOrDefault(spec, "not there");
  }
}
