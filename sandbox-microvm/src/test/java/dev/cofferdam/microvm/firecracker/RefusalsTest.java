package dev.cofferdam.microvm.firecracker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cofferdam.microvm.firecracker.Transcripts.Exchange;
import dev.cofferdam.sandbox.Deadline;
import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.SandboxException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What the real Firecracker refused comes out as it said it. */
class RefusalsTest {
  @TempDir Path folder;

  static Stream<Exchange> refusals() {
    return Transcripts.all().stream().filter(each -> each.status() >= 400);
  }

  static Stream<Exchange> answers() {
    return Transcripts.all().stream().filter(each -> each.status() < 400);
  }

  @Test
  void transcripts_all_areThere() {
    assertEquals(79, Transcripts.all().size());
    assertEquals(37, refusals().count());
  }

  @ParameterizedTest
  @MethodSource("refusals")
  void refusal_recorded_isACodedErrorWithItsMessage(Exchange exchange) throws Exception {
    SandboxException e = assertThrows(SandboxException.class, () -> send(exchange));
    assertNotEquals(ErrorCode.INTERNAL, e.code());
    String message = String.valueOf(e.getMessage());
    assertTrue(message.contains(exchange.fault()), message);
    assertTrue(message.contains(exchange.method() + " " + exchange.path()), message);
  }

  @ParameterizedTest
  @MethodSource("answers")
  void answer_recorded_isRead(Exchange exchange) throws Exception {
    assertEquals(exchange.status() == 204 ? "" : exchange.answerBody(), send(exchange).toString());
  }

  @Test
  void refusal_inTheWrongPhase_isWrongState() throws Exception {
    Exchange second =
        refusals()
            .filter(each -> each.fault().contains("not supported after starting"))
            .findFirst()
            .orElseThrow();
    SandboxException e = assertThrows(SandboxException.class, () -> send(second));
    assertEquals(ErrorCode.WRONG_STATE, e.code());
  }

  private com.fasterxml.jackson.databind.JsonNode send(Exchange exchange) throws Exception {
    Path socket = folder.resolve("api.sock");
    try (OneAnswer server = new OneAnswer(socket, exchange.wire())) {
      Deadline deadline = Deadline.after(Duration.ofSeconds(30));
      var answer =
          HttpExchange.send(socket, exchange.method(), exchange.path(), exchange.body(), deadline);
      assertTrue(
          server.request().startsWith(exchange.method() + " " + exchange.path() + " HTTP/1.1"));
      return FirecrackerApi.answer(exchange.method(), exchange.path(), answer);
    }
  }
}
