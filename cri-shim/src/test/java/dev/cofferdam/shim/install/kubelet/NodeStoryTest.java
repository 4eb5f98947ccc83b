package dev.cofferdam.shim.install.kubelet;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.cofferdam.shim.install.kubelet.NodeStory.Outcome;
import java.io.IOException;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class NodeStoryTest {
  private static final Instant FIRST = Instant.parse("2026-01-01T00:00:00.5Z");
  private static final Instant LATER = Instant.parse("2026-01-01T01:00:00.5Z");

  @Test
  void condition_isOneBesideKubeletsOwn_andTellsWhenItChanged() throws IOException {
    ObjectNode node = node();
    NodeStory.judged(node, Outcome.INSTALLED, "version 1", FIRST);
    NodeStory.judged(node, Outcome.INSTALLED, "version 2", LATER);
    JsonNode conditions = node.at("/status/conditions");
    assertEquals(2, conditions.size());
    assertEquals("Ready", conditions.get(0).path("type").asText());
    JsonNode ours = conditions.get(1);
    assertEquals("True Installed", text(ours, "status") + " " + text(ours, "reason"));
    assertEquals("version 2", text(ours, "message"));
    assertEquals("2026-01-01T00:00:00Z", text(ours, "lastTransitionTime"));
    assertEquals("2026-01-01T01:00:00Z", text(ours, "lastHeartbeatTime"));
    NodeStory.judged(node, Outcome.NOT_INSTALLED, "no room", LATER);
    assertEquals("False", text(node.at("/status/conditions/1"), "status"));
    assertEquals(
        "2026-01-01T01:00:00Z", text(node.at("/status/conditions/1"), "lastTransitionTime"));
  }

  @Test
  void condition_goesWithTheRest() throws IOException {
    ObjectNode node = node();
    NodeStory.judged(node, Outcome.INSTALLED, "version 1", FIRST);
    NodeStory.judged(node, Outcome.REMOVED, "all of it", LATER);
    assertEquals(node(), node);
  }

  @Test
  void event_isAWarningWhereItFailed_aboutTheNodeAsKubeletNamesIt() {
    JsonNode event = NodeStory.event("n", Outcome.NOT_INSTALLED, "no room", FIRST);
    assertEquals("Warning", text(event, "type"));
    assertEquals("CofferdamInstallFailed", text(event, "reason"));
    assertEquals("n", event.at("/involvedObject/uid").asText());
  }

  private static String text(JsonNode node, String field) {
    return node.path(field).asText();
  }

  private static ObjectNode node() throws IOException {
    return (ObjectNode)
        new JsonMapper()
            .readTree(
                "{\"status\": {\"conditions\": [{\"type\": \"Ready\", \"status\": \"True\"}]}}");
  }
}
