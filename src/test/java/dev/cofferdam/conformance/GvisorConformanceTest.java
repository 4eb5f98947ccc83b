package dev.cofferdam.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;

/**
 * critest on handler {@code gvisor}: every spec of the kept list passes, the streaming ones over
 * both transports, and each spec that fails is in the document with its reason. A spec that passes
 * and is not kept is told, so that it can be.
 */
@Tag("conformance")
class GvisorConformanceTest {
  private static final Path KEPT = Path.of("resources", "conformance", "gvisor.txt");
  private static final Path DOCUMENT = Critest.REPOSITORY.resolve("docs/conformance.md");
  private static final List<String> SPDY = List.of("--runtime-handler", "gvisor");
  private static final List<String> WEB_SOCKET =
      List.of(
          "--runtime-handler",
          "gvisor",
          "--websocket-exec",
          "--websocket-attach",
          "--websocket-portforward");
  private static final String STREAMING = "Streaming";

  @TestFactory
  Stream<DynamicTest> gvisor_passesEverySpecThatIsKept_andTheRestIsExplained() throws Exception {
    List<String> kept = Files.readAllLines(KEPT);
    List<String> streaming = kept.stream().filter(spec -> spec.contains(STREAMING)).toList();
    CritestReport spdy;
    CritestReport webSocket;
    try (Critest critest = Critest.inNewLab()) {
      spdy =
          Critest.retried(
              critest.run("gvisor", Critest.SHIM, "", SPDY),
              kept,
              (number, focus) -> critest.run("gvisor-again-" + number, Critest.SHIM, focus, SPDY));
      webSocket =
          Critest.retried(
              critest.run("gvisor-websocket", Critest.SHIM, STREAMING, WEB_SOCKET),
              streaming,
              (number, focus) ->
                  critest.run("websocket-again-" + number, Critest.SHIM, focus, WEB_SOCKET));
    }
    List<String> passed = spdy.passed();
    passed.stream()
        .filter(spec -> !kept.contains(spec))
        .forEach(spec -> System.err.println("newly passed, to be added to " + KEPT + ": " + spec));

    List<DynamicTest> tests = new ArrayList<>();
    kept.forEach(spec -> tests.add(passes(spec, spec, spdy)));
    streaming.forEach(spec -> tests.add(passes("WebSocket: " + spec, spec, webSocket)));
    String document = Files.readString(DOCUMENT);
    spdy.failed().stream()
        .filter(spec -> !kept.contains(spec))
        .forEach(spec -> tests.add(explained(spec, document)));
    return tests.stream();
  }

  private static DynamicTest passes(String name, String spec, CritestReport report) {
    return DynamicTest.dynamicTest(name, () -> assertEquals("passed", report.outcome(spec), spec));
  }

  private static DynamicTest explained(String spec, String document) {
    String name = CritestReport.plainName(spec);
    return DynamicTest.dynamicTest(
        "explained: " + name,
        () ->
            assertTrue(document.contains(name), DOCUMENT + " does not say why it fails: " + name));
  }
}
