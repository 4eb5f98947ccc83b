package dev.cofferdam.shim.kube;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Base64;
import org.junit.jupiter.api.Test;

class TokenClaimsTest {
  @Test
  void tokenBoundToItsNode_isRenewedAtHalfOfItsLife() {
    assertEquals(Instant.ofEpochSecond(1500), claims("").renewAt());
  }

  @Test
  void tokenOfAPod_isRenewedAtOnce_becausePodsGo() {
    TokenClaims claims = claims(", \"pod\": {\"name\": \"p\", \"uid\": \"1\"}");
    assertEquals(claims.issuedAt(), claims.renewAt());
    assertEquals("n", claims.node().orElseThrow().name());
  }

  private static TokenClaims claims(String more) {
    String json =
        """
        {"iat": 1000, "exp": 2000, "kubernetes.io": {"namespace": "s", "node": {"name": "n", "uid": "u"},
        "serviceaccount": {"name": "cofferdam-node"}%s}}
        """
            .formatted(more);
    String part = Base64.getUrlEncoder().encodeToString(json.getBytes(StandardCharsets.UTF_8));
    return TokenClaims.of("a." + part + ".c").orElseThrow();
  }
}
