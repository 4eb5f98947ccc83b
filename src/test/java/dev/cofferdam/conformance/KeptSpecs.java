package dev.cofferdam.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;

/**
 * What is promised of a handler.
 *
 * @param specs those that pass
 * @param explanations the part of the document that says why the others do not
 */
record KeptSpecs(List<String> specs, String explanations) {
  private static final Path FOLDER = Path.of("resources", "conformance");
  private static final Path DOCUMENT = Critest.REPOSITORY.resolve("docs/conformance.md");

  static KeptSpecs of(String handler) throws IOException {
    String document = Files.readString(DOCUMENT);
    int begin = document.indexOf("\n## Specs that fail on `" + handler + "`\n");
    assertTrue(begin >= 0, DOCUMENT + " has no part about " + handler);
    int end = document.indexOf("\n## ", begin + 1);
    return new KeptSpecs(
        Files.readAllLines(FOLDER.resolve(handler + ".txt")),
        document.substring(begin, end < 0 ? document.length() : end));
  }

  /** Those about streaming. */
  List<String> streaming() {
    return specs.stream().filter(spec -> spec.contains("Streaming")).toList();
  }

  /** Each spec passes, and each other that fails is explained. */
  Stream<DynamicTest> heldAgainst(CritestReport report) {
    report.passed().stream()
        .filter(spec -> !specs.contains(spec))
        .forEach(spec -> System.err.println("newly passed, to be kept: " + spec));
    return Stream.concat(
        specs.stream().map(spec -> passes(spec, spec, report)),
        report.failed().stream().filter(spec -> !specs.contains(spec)).map(this::explained));
  }

  static DynamicTest passes(String name, String spec, CritestReport report) {
    return DynamicTest.dynamicTest(name, () -> assertEquals("passed", report.outcome(spec), spec));
  }

  private DynamicTest explained(String spec) {
    String name = CritestReport.plainName(spec);
    return DynamicTest.dynamicTest(
        "explained: " + name,
        () ->
            assertTrue(
                explanations.contains("| " + name + " |"),
                DOCUMENT + " does not say why it fails: " + name));
  }
}
