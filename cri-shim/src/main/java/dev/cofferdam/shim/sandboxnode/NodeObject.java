package dev.cofferdam.shim.sandboxnode;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.cofferdam.policy.SandboxPolicy;
import dev.cofferdam.policy.node.SandboxNodeStatus;
import dev.cofferdam.shim.kube.ApiServer;
import dev.cofferdam.shim.kube.TokenClaims.BoundNode;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;

/** This node's SandboxNode at the API server. */
record NodeObject(ApiServer api, BoundNode node) {
  private static final String KIND = "SandboxNode";
  private static final String API_VERSION = SandboxPolicy.GROUP + "/" + SandboxPolicy.VERSION;
  private static final String PATH = "/apis/" + API_VERSION + "/sandboxnodes";
  private static final Duration TIMEOUT = Duration.ofSeconds(20);

  /** What is there, made if it isn't; owned by the Node, so that it goes with it. */
  JsonNode find() throws IOException {
    ApiServer.Answer found = api.send("GET", PATH + "/" + node.name(), Optional.empty(), TIMEOUT);
    return found.notFound() ? make() : found.orThrow();
  }

  private JsonNode make() throws IOException {
    ObjectNode object = NodeJson.MAPPER.createObjectNode();
    object.put("apiVersion", API_VERSION).put("kind", KIND);
    ObjectNode metadata = object.putObject("metadata").put("name", node.name());
    metadata.putObject("labels").put("app.kubernetes.io/name", "cofferdam");
    metadata
        .putArray("ownerReferences")
        .addObject()
        .put("apiVersion", "v1")
        .put("kind", "Node")
        .put("name", node.name())
        .put("uid", node.uid());
    return api.send("POST", PATH, Optional.of(object), TIMEOUT).orThrow();
  }

  /**
   * Replaces its status.
   *
   * @param object as it was read or written last: if somebody else wrote since, this fails
   */
  JsonNode write(JsonNode object, SandboxNodeStatus status) throws IOException {
    ObjectNode next = object.deepCopy();
    next.put("apiVersion", API_VERSION).put("kind", KIND);
    next.set("status", NodeJson.MAPPER.valueToTree(status));
    return api.send("PUT", PATH + "/" + node.name() + "/status", Optional.of(next), TIMEOUT)
        .orThrow();
  }

  static SandboxNodeStatus statusOf(JsonNode object) throws IOException {
    JsonNode status = object.path("status");
    return NodeJson.MAPPER.treeToValue(
        status.isMissingNode() ? NodeJson.MAPPER.createObjectNode() : status,
        SandboxNodeStatus.class);
  }
}
