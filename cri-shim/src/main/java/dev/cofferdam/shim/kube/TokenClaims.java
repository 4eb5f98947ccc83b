package dev.cofferdam.shim.kube;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.time.Instant;
import java.util.Base64;
import java.util.Optional;

/**
 * What a service account's token says of itself (RFC 7519, and Kubernetes' private claims). Read,
 * not verified: the API server does that.
 *
 * @param issuedAt and until {@code expires} it is good for something
 * @param node the Node that it is bound to, if it is; of a pod's token the one that the pod is on
 * @param ofPod whether it ends with a pod
 */
public record TokenClaims(
    Instant issuedAt,
    Instant expires,
    String namespace,
    String serviceAccount,
    Optional<BoundNode> node,
    boolean ofPod) {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int PARTS = 3;

  /** A Node, by name and UID. */
  public record BoundNode(String name, String uid) {}

  /** Empty for a token that is none of a service account's. */
  public static Optional<TokenClaims> of(String token) {
    String[] parts = token.split("\\.", -1);
    if (parts.length != PARTS) {
      return Optional.empty();
    }
    JsonNode claims;
    try {
      claims = JSON.readTree(Base64.getUrlDecoder().decode(parts[1]));
    } catch (IOException | IllegalArgumentException e) {
      return Optional.empty();
    }
    JsonNode kubernetes = claims.path("kubernetes.io");
    JsonNode node = kubernetes.path("node");
    if (kubernetes.path("namespace").asText().isEmpty() || !claims.path("exp").isNumber()) {
      return Optional.empty();
    }
    return Optional.of(
        new TokenClaims(
            Instant.ofEpochSecond(claims.path("iat").asLong()),
            Instant.ofEpochSecond(claims.path("exp").asLong()),
            kubernetes.path("namespace").asText(),
            kubernetes.path("serviceaccount").path("name").asText(),
            node.path("name").asText().isEmpty()
                ? Optional.empty()
                : Optional.of(new BoundNode(node.path("name").asText(), node.path("uid").asText())),
            kubernetes.has("pod")));
  }

  /** When half of its life is over, and a next one is due; at once for one that ends with a pod. */
  public Instant renewAt() {
    if (ofPod) {
      return issuedAt;
    }
    return issuedAt.plusSeconds((expires.getEpochSecond() - issuedAt.getEpochSecond()) / 2);
  }
}
