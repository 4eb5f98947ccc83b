package dev.cofferdam.shim.install.kubelet;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.cofferdam.shim.kube.ApiServer;
import dev.cofferdam.shim.kube.ApiServer.Answer;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;

/**
 * Tells the cluster how an operation went, as kubelet, who may: a condition of the Node, and an
 * Event about it, which {@code kubectl describe node} shows both.
 */
public final class NodeStory {
  static final String CONDITION = "CofferdamInstalled";
  private static final Duration TIMEOUT = Duration.ofSeconds(10);
  private static final int MOST_WORDS = 1000;
  private static final int TRIES = 5;
  private static final JsonMapper JSON = new JsonMapper();

  /** How an operation can end. */
  public enum Outcome {
    /** The version is on the node, and kubelet uses it. */
    INSTALLED("Installed", "Normal", Optional.of("True")),
    /** The node is as it was before, or says what is left to mend. */
    NOT_INSTALLED("InstallFailed", "Warning", Optional.of("False")),
    /** The version is on the node, as before. */
    NOT_REMOVED("RemovalFailed", "Warning", Optional.of("True")),
    /** Nothing is left, of the condition neither. */
    REMOVED("Removed", "Normal", Optional.empty());

    private final String reason;
    private final String type;
    private final Optional<String> status;

    Outcome(String reason, String type, Optional<String> status) {
      this.reason = reason;
      this.type = type;
      this.status = status;
    }
  }

  private final ApiServer api;
  private final String node;

  public NodeStory(KubeletCredentials credentials) {
    this.api = credentials.apiServer();
    this.node = credentials.nodeName();
  }

  /**
   * Writes both.
   *
   * @throws IOException when the API server is away or refuses
   */
  public void tell(Outcome outcome, String message, Instant now) throws IOException {
    String words = message.substring(0, Math.min(MOST_WORDS, message.length()));
    ObjectNode event = event(node, outcome, words, now);
    var _ = api.send("POST", "/api/v1/namespaces/default/events", Optional.of(event), TIMEOUT);
    String path = "/api/v1/nodes/" + node;
    for (int i = 0; ; i++) {
      ObjectNode object = (ObjectNode) api.send("GET", path, Optional.empty(), TIMEOUT).orThrow();
      judged(object, outcome, words, now);
      Answer answer = api.send("PUT", path + "/status", Optional.of(object), TIMEOUT);
      // Kubelet and others write the same object.
      if (answer.status() != HttpURLConnection.HTTP_CONFLICT || i == TRIES) {
        var _ = answer.orThrow();
        return;
      }
    }
  }

  static void judged(ObjectNode object, Outcome outcome, String words, Instant now) {
    ArrayNode conditions = object.withObject("/status").withArray("/conditions");
    String time = now.truncatedTo(ChronoUnit.SECONDS).toString();
    String changed = time;
    for (int i = conditions.size() - 1; i >= 0; i--) {
      JsonNode condition = conditions.get(i);
      if (condition.path("type").asText().equals(CONDITION)) {
        if (outcome.status.equals(Optional.of(condition.path("status").asText()))) {
          changed = condition.path("lastTransitionTime").asText(time);
        }
        conditions.remove(i);
      }
    }
    if (outcome.status.isPresent()) {
      conditions
          .addObject()
          .put("type", CONDITION)
          .put("status", outcome.status.get())
          .put("reason", outcome.reason)
          .put("message", words)
          .put("lastHeartbeatTime", time)
          .put("lastTransitionTime", changed);
    }
  }

  static ObjectNode event(String node, Outcome outcome, String words, Instant now) {
    String time = now.truncatedTo(ChronoUnit.SECONDS).toString();
    ObjectNode event =
        JSON.createObjectNode()
            .put("apiVersion", "v1")
            .put("kind", "Event")
            .put("type", outcome.type)
            .put("reason", "Cofferdam" + outcome.reason)
            .put("message", words)
            .put("firstTimestamp", time)
            .put("lastTimestamp", time)
            .put("count", 1);
    event
        .putObject("metadata")
        .put("name", "%s.cofferdam.%x".formatted(node, now.toEpochMilli()))
        .put("namespace", "default");
    // Kubelet's own way to name its Node in Events: the UID is the name.
    event
        .putObject("involvedObject")
        .put("apiVersion", "v1")
        .put("kind", "Node")
        .put("name", node)
        .put("uid", node);
    event.putObject("source").put("component", "cofferdam-installer").put("host", node);
    return event;
  }
}
