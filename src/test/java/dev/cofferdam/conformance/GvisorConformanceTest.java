package dev.cofferdam.conformance;

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
  private static final List<String> SPDY = List.of("--runtime-handler", "gvisor");
  private static final List<String> WEB_SOCKET =
      List.of(
          "--runtime-handler",
          "gvisor",
          "--websocket-exec",
          "--websocket-attach",
          "--websocket-portforward");

  @TestFactory
  Stream<DynamicTest> gvisor_passesEverySpecThatIsKept_andTheRestIsExplained() throws Exception {
    KeptSpecs kept = KeptSpecs.of("gvisor");
    CritestReport spdy;
    CritestReport webSocket;
    try (Critest critest = Critest.inNewLab()) {
      spdy =
          Critest.retried(
              critest.run("gvisor", Critest.SHIM, "", SPDY),
              kept.specs(),
              (number, focus) -> critest.run("gvisor-again-" + number, Critest.SHIM, focus, SPDY));
      webSocket =
          Critest.retried(
              critest.run("gvisor-websocket", Critest.SHIM, "Streaming", WEB_SOCKET),
              kept.streaming(),
              (number, focus) ->
                  critest.run("websocket-again-" + number, Critest.SHIM, focus, WEB_SOCKET));
    }
    return Stream.concat(
        kept.heldAgainst(spdy),
        kept.streaming().stream()
            .map(spec -> KeptSpecs.passes("WebSocket: " + spec, spec, webSocket)));
  }
}
