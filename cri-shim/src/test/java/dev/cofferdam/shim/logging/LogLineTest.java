package dev.cofferdam.shim.logging;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.time.Instant;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;
import org.slf4j.event.Level;

class LogLineTest {
  private static final Instant AT = Instant.parse("2026-01-02T03:04:05.678Z");
  private static final Map<String, String> FIELDS =
      new TreeMap<>(Map.of("pod", "default/web", "sandbox", "abc"));

  @Test
  void text_isOneLineWithTheFieldsAtItsEnd() {
    LogLine record = new LogLine(Level.INFO, "dev.cofferdam.shim.main.Shim", "a\nb", FIELDS, null);
    assertEquals(
        "2026-01-02T03:04:05.678Z INFO Shim - a\\nb [pod=default/web sandbox=abc]\n",
        record.text(AT));
  }

  @Test
  void json_isOneObjectOnOneLine_whateverIsInIt() throws Exception {
    String hostile = "\"} \n\u0000\u2028 {\"level\":\"x\"";
    LogLine record =
        new LogLine(Level.WARN, "Shim", hostile, FIELDS, new IllegalStateException(hostile));
    String line = record.json(AT);
    assertEquals(line.length() - 1, line.indexOf('\n'));
    JsonNode parsed = JsonMapper.builder().build().readTree(line);
    assertEquals(hostile, parsed.path("message").asText());
    assertEquals("WARN", parsed.path("level").asText());
    assertEquals("default/web", parsed.path("pod").asText());
    assertEquals("2026-01-02T03:04:05.678Z", parsed.path("time").asText());
    assertTrue(parsed.path("stack").asText().contains("LogLineTest"));
  }

  @Test
  void slf4j_findsThisLog() {
    assertEquals(LineLogger.class, LoggerFactory.getLogger("x").getClass());
  }

  @Test
  void fields_ofAThread_areNotInheritedByThoseThatItStarts() throws InterruptedException {
    MDC.put("pod", "default/web");
    try {
      Map<String, String> seen = new TreeMap<>(Map.of("other", "thread"));
      Thread thread = Thread.ofPlatform().start(() -> seen.putAll(MDC.getCopyOfContextMap()));
      thread.join();
      assertEquals(Map.of("other", "thread"), seen);
      assertEquals("default/web", MDC.get("pod"));
    } finally {
      MDC.clear();
    }
  }
}
