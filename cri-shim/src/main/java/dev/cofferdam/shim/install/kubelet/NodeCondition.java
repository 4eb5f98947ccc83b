package dev.cofferdam.shim.install.kubelet;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;

/** Asks the API server for this node's own object, as kubelet, who may. */
public final class NodeCondition implements NodeHealth {
  private static final Duration TIMEOUT = Duration.ofSeconds(5);
  private static final JsonMapper JSON = new JsonMapper();

  private final KubeletCredentials credentials;

  public NodeCondition(KubeletCredentials credentials) {
    this.credentials = credentials;
  }

  @Override
  public Optional<String> notReady(Instant since) throws IOException {
    String path = "/api/v1/nodes/" + credentials.nodeName();
    HttpURLConnection connection = credentials.get(path, TIMEOUT);
    int code = connection.getResponseCode();
    if (code != HttpURLConnection.HTTP_OK) {
      throw new IOException("the API server answers " + code + " to " + path);
    }
    try (InputStream in = connection.getInputStream()) {
      return judge(JSON.readTree(in), since);
    }
  }

  static Optional<String> judge(JsonNode node, Instant since) {
    for (JsonNode condition : node.path("status").path("conditions")) {
      if (condition.path("type").asText().equals("Ready")) {
        // Kubelet's clock is ours, to the second.
        Instant said = Instant.parse(condition.path("lastHeartbeatTime").asText());
        if (said.isBefore(since.truncatedTo(ChronoUnit.SECONDS))) {
          return Optional.of("kubelet has not reported since " + said);
        }
        return condition.path("status").asText().equals("True")
            ? Optional.empty()
            : Optional.of("kubelet says: " + condition.path("message").asText());
      }
    }
    return Optional.of("kubelet has not reported yet");
  }
}
