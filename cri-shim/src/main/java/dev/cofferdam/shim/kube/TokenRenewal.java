package dev.cofferdam.shim.kube;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * Gets a next token for this node with the one that it has, by the TokenRequest API: bound to the
 * same Node, and to no pod, since pods go. Not thread-safe.
 */
public final class TokenRenewal {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Duration TIMEOUT = Duration.ofSeconds(20);

  private final ClusterAccess access;
  private final Duration lifetime;

  /**
   * @param lifetime of the next token; an outage of the API server may last half of it
   */
  public TokenRenewal(ClusterAccess access, Duration lifetime) {
    this.access = access;
    this.lifetime = lifetime;
  }

  /**
   * Renews the token if that is due.
   *
   * @return whether there is a new one
   * @throws IOException when it is due, and cannot be had
   */
  public boolean ifDue(Instant now) throws IOException {
    ApiServer api = access.apiServer();
    Optional<TokenClaims> claims = api.token().flatMap(TokenClaims::of);
    if (claims.isEmpty() || claims.get().node().isEmpty()) {
      return false; // nobody's, or bound to no Node: nothing of that can be passed on
    }
    if (now.isBefore(claims.get().renewAt())) {
      return false;
    }
    access.keep(request(api, claims.get()));
    return true;
  }

  private String request(ApiServer api, TokenClaims claims) throws IOException {
    TokenClaims.BoundNode node = claims.node().orElseThrow();
    ObjectNode request =
        JSON.createObjectNode()
            .put("apiVersion", "authentication.k8s.io/v1")
            .put("kind", "TokenRequest");
    request
        .putObject("spec")
        .put("expirationSeconds", lifetime.toSeconds())
        .putObject("boundObjectRef")
        .put("apiVersion", "v1")
        .put("kind", "Node")
        .put("name", node.name())
        .put("uid", node.uid());
    String path =
        "/api/v1/namespaces/%s/serviceaccounts/%s/token"
            .formatted(claims.namespace(), claims.serviceAccount());
    String token =
        api.send("POST", path, Optional.of(request), TIMEOUT)
            .orThrow()
            .path("status")
            .path("token")
            .asText();
    if (TokenClaims.of(token).flatMap(TokenClaims::node).filter(node::equals).isEmpty()) {
      throw new IOException("the API server gave a token that is not bound to node " + node.name());
    }
    return token;
  }
}
