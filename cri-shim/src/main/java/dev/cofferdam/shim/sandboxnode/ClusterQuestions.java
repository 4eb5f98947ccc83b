package dev.cofferdam.shim.sandboxnode;

import com.fasterxml.jackson.databind.JsonNode;
import dev.cofferdam.policy.InvalidPolicyException;
import dev.cofferdam.policy.PolicyDocument;
import dev.cofferdam.policy.SandboxPolicy;
import dev.cofferdam.policy.node.SandboxNodeStatus;
import dev.cofferdam.shim.kube.ApiServer;
import dev.cofferdam.shim.kube.ClusterAccess;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;

/** What the API server is asked about any node, for people. */
public record ClusterQuestions(ClusterAccess access) {
  private static final String PATH =
      "/apis/" + SandboxPolicy.GROUP + "/" + SandboxPolicy.VERSION + "/";
  private static final Duration TIMEOUT = Duration.ofSeconds(20);

  /** What a node's shim said last. */
  public SandboxNodeStatus node(String name) throws IOException {
    return NodeObject.statusOf(
        get(
            "sandboxnodes/" + name,
            "the cluster has no SandboxNode \"%s\": is there such a node, and does Cofferdam's shim"
                + " run on it?",
            name));
  }

  /** A policy as the API server has it. */
  public PolicyDocument policy(String name) throws IOException {
    try {
      return PolicyDocument.read(
          NodeJson.MAPPER.writeValueAsBytes(
              get("sandboxpolicies/" + name, "the cluster has no SandboxPolicy \"%s\"", name)));
    } catch (InvalidPolicyException e) {
      throw new IOException("SandboxPolicy " + name + ": " + e.getMessage(), e);
    }
  }

  private JsonNode get(String path, String missing, String name) throws IOException {
    ApiServer.Answer answer =
        access.apiServer().send("GET", PATH + path, Optional.empty(), TIMEOUT);
    if (answer.notFound()) {
      throw new IOException(missing.formatted(name));
    }
    return answer.orThrow();
  }
}
