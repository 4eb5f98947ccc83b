package dev.cofferdam.conformance;

import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import javax.xml.parsers.DocumentBuilderFactory;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

/**
 * What became of each of critest's specs.
 *
 * @param outcomes by the spec's full name: {@code passed}, {@code failed} or {@code skipped}
 */
record CritestReport(Map<String, String> outcomes) {

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
        outcomes.put(spec.getAttribute("name"), spec.getAttribute("status"));
      }
    }
    return new CritestReport(outcomes);
  }

  String outcome(String spec) {
    return outcomes.getOrDefault(spec, "not there");
  }
}
