package dev.cofferdam.shim.sandboxnode;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.cofferdam.shim.kube.ApiServer;
import dev.cofferdam.shim.kube.TokenClaims;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoField;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The node's heartbeat. Not thread-safe. */
final class NodeLease {
  private static final Duration TIMEOUT = Duration.ofSeconds(10);

  private final Duration holds;
  private @Nullable JsonNode latest;

  /**
   * @param holds how long one renewal is good for
   */
  NodeLease(Duration holds) {
    this.holds = holds;
  }

  /** Says that the node lives; makes the Lease if there is none. */
  void renew(ApiServer api, TokenClaims claims, Instant now) throws IOException {
    String node = claims.node().orElseThrow().name();
    String leases = "/apis/coordination.k8s.io/v1/namespaces/" + claims.namespace() + "/leases";
    JsonNode known = latest;
    latest = null; // unless this goes well
    if (known == null) {
      ApiServer.Answer found = api.send("GET", leases + "/" + node, Optional.empty(), TIMEOUT);
      if (found.notFound()) {
        latest =
            api.send("POST", leases, Optional.of(renewed(fresh(node), node, now)), TIMEOUT)
                .orThrow();
        return;
      }
      known = found.orThrow();
    }
    latest =
        api.send("PUT", leases + "/" + node, Optional.of(renewed(known, node, now)), TIMEOUT)
            .orThrow();
  }

  private static ObjectNode fresh(String node) {
    ObjectNode lease = NodeJson.MAPPER.createObjectNode();
    lease.put("apiVersion", "coordination.k8s.io/v1").put("kind", "Lease");
    lease
        .putObject("metadata")
        .put("name", node)
        .putObject("labels")
        .put("app.kubernetes.io/name", "cofferdam");
    return lease;
  }

  private ObjectNode renewed(JsonNode lease, String node, Instant now) {
    ObjectNode next = lease.deepCopy();
    next.withObject("/spec")
        .put("holderIdentity", node)
        .put("leaseDurationSeconds", holds.toSeconds())
        // MicroTime has six digits, and is refused without.
        .put("renewTime", micros(now));
    return next;
  }

  static String micros(Instant now) {
    Instant cut = now.truncatedTo(ChronoUnit.MICROS);
    return "%s.%06dZ"
        .formatted(
            cut.truncatedTo(ChronoUnit.SECONDS).toString().replace("Z", ""),
            cut.get(ChronoField.MICRO_OF_SECOND));
  }
}
