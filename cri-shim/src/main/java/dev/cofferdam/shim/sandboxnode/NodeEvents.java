package dev.cofferdam.shim.sandboxnode;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.cofferdam.shim.kube.ApiServer;
import dev.cofferdam.shim.kube.TokenClaims.BoundNode;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;

/** Events of this node, as {@code kubectl describe node} shows them. */
record NodeEvents(ApiServer api, BoundNode node) {
  // Of an object without a namespace they are in this one.
  private static final String PATH = "/api/v1/namespaces/default/events";
  private static final Duration TIMEOUT = Duration.ofSeconds(10);

  void tell(NodeNews news) throws IOException {
    String now = Instant.now().truncatedTo(ChronoUnit.SECONDS).toString();
    ObjectNode event = NodeJson.MAPPER.createObjectNode();
    event.put("apiVersion", "v1").put("kind", "Event");
    event.putObject("metadata").put("namespace", "default").put("generateName", node.name() + ".");
    event
        .putObject("involvedObject")
        .put("apiVersion", "v1")
        .put("kind", "Node")
        .put("name", node.name())
        .put("uid", node.uid());
    event.putObject("source").put("component", "cofferdam").put("host", node.name());
    event
        .put("type", news.warning() ? "Warning" : "Normal")
        .put("reason", news.reason())
        .put("message", news.message())
        .put("count", 1)
        .put("firstTimestamp", now)
        .put("lastTimestamp", now);
    var _ = api.send("POST", PATH, Optional.of(event), TIMEOUT).orThrow();
  }
}
