package dev.cofferdam.shim.sandboxnode;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.cofferdam.policy.node.RunningSandboxes;
import dev.cofferdam.shim.kube.ClusterAccess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SandboxNodeAgentTest {
  private static final String PUT_STATUS = "PUT " + FakeCluster.NODE_PATH + "/status";
  private static final String PUT_LEASE = "PUT " + FakeCluster.LEASE_PATH;

  @TempDir Path folder;
  private final Map<String, String> acknowledged = new ConcurrentHashMap<>(Map.of("a", "1/x"));
  private @Nullable FakeCluster cluster;
  private @Nullable SandboxNodeAgent agent;

  static {
    Awaitility.setDefaultTimeout(Duration.ofSeconds(60));
  }

  @BeforeEach
  void serve() throws IOException {
    cluster = new FakeCluster();
  }

  @AfterEach
  void stop() {
    if (agent != null) {
      agent.close();
    }
    cluster().close();
  }

  private FakeCluster cluster() {
    return Objects.requireNonNull(cluster);
  }

  private void start(String firstToken) throws IOException {
    NodeSources sources =
        new NodeSources(
            "1.0",
            Optional::empty,
            Map::of,
            () -> List.of(new RunningSandboxes("gvisor", "systrap", 2, null)),
            () -> Map.copyOf(acknowledged),
            List::of,
            told -> List.of());
    agent =
        new SandboxNodeAgent(
            new ClusterAccess(
                cluster().kubeconfig(folder, firstToken), Optional.of(folder.resolve("token"))),
            sources,
            Duration.ofMillis(20),
            Duration.ofHours(24));
    agent.start();
  }

  private static String fresh() {
    Instant now = Instant.now();
    return FakeCluster.token(now, now.plus(Duration.ofHours(1)), true);
  }

  private JsonNode node() {
    return cluster().object(FakeCluster.NODE_PATH).orElseThrow();
  }

  private void awaitAcknowledged(String policy) {
    await()
        .until(
            () ->
                cluster()
                    .object(FakeCluster.NODE_PATH)
                    .filter(node -> node.at("/status/acknowledged").has(policy))
                    .isPresent());
  }

  private void awaitBeats(int more) {
    long now = cluster().count(PUT_LEASE);
    await().until(() -> cluster().count(PUT_LEASE) >= now + more);
  }

  @Test
  void start_makesTheNodesObject_ownedByTheNode() throws Exception {
    start(fresh());
    awaitAcknowledged("a");
    assertEquals("1.0", node().at("/status/shimVersion").asText());
    assertEquals(2, node().at("/status/sandboxes/0/running").asInt());
    assertEquals("nothing", node().at("/status/summary/works").asText());
    assertEquals("Node", node().at("/metadata/ownerReferences/0/kind").asText());
    assertEquals("u-1", node().at("/metadata/ownerReferences/0/uid").asText());
  }

  @Test
  void lease_isMadeAndRenewed() throws Exception {
    start(fresh());
    awaitBeats(3);
    JsonNode lease = cluster().object(FakeCluster.LEASE_PATH).orElseThrow();
    assertEquals("cofferdam", lease.at("/metadata/labels/app.kubernetes.io~1name").asText());
    assertEquals(FakeCluster.NODE, lease.at("/spec/holderIdentity").asText());
    assertTrue(
        lease.at("/spec/renewTime").asText().matches("\\d{4}-.*:\\d\\d\\.\\d{6}Z"),
        lease.toString());
  }

  @Test
  void status_isWrittenWhenItChanges_andNotOtherwise() throws Exception {
    start(fresh());
    awaitAcknowledged("a");
    SandboxNodeAgent running = Objects.requireNonNull(agent);
    for (int i = 0; i < 10; i++) {
      running.wake();
    }
    awaitBeats(30);
    assertEquals(1, cluster().count(PUT_STATUS));

    acknowledged.put("b", "7/y");
    running.wake();
    awaitAcknowledged("b");
    assertEquals(2, cluster().count(PUT_STATUS));
  }

  @Test
  void apiServer_awayAndBack_isToldWhatChangedMeanwhile() throws Exception {
    start(fresh());
    awaitAcknowledged("a");
    cluster().away(true);
    acknowledged.put("b", "1/y");
    Objects.requireNonNull(agent).wake();
    int before = cluster().requests.size();
    await().until(() -> cluster().requests.size() > before + 5);
    cluster().away(false);
    awaitAcknowledged("b");
    awaitBeats(2);
  }

  @Test
  void object_thatSomebodyElseChanged_isReadAgain() throws Exception {
    start(fresh());
    awaitAcknowledged("a");
    cluster().forget(FakeCluster.NODE_PATH);
    acknowledged.put("b", "1/y");
    Objects.requireNonNull(agent).wake();
    awaitAcknowledged("b");
  }

  @Test
  void token_whoseHalfIsOver_isRenewedForTheSameNode_andUsed() throws Exception {
    Instant now = Instant.now();
    String old = FakeCluster.token(now.minusSeconds(3000), now.plusSeconds(600), true);
    start(old);
    Path own = folder.resolve("token");
    await().until(() -> Files.exists(own));
    String next = Files.readString(own);
    await().until(() -> cluster().tokens.contains(next));
    assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(own)));
    awaitBeats(5);
    assertEquals(1, cluster().count("POST /api/v1/namespaces/system/serviceaccounts/shim/token"));
  }

  @Test
  void token_thatIsPutDownLater_goesBeforeTheRenewedOne() throws Exception {
    Instant now = Instant.now();
    Files.writeString(
        folder.resolve("token"),
        FakeCluster.token(now.minusSeconds(60), now.plusSeconds(3600), true));
    String later = fresh();
    start(later);
    awaitBeats(1);
    assertTrue(cluster().tokens.stream().allMatch(later::equals), cluster().tokens.toString());
  }

  @Test
  void token_boundToNoNode_isNotUsed_untilThereIsOne() throws Exception {
    Instant now = Instant.now();
    start(FakeCluster.token(now, now.plusSeconds(3600), false));
    String bound = FakeCluster.token(now.plusSeconds(1), now.plusSeconds(3600), true);
    Files.writeString(folder.resolve("first-token"), bound);
    awaitAcknowledged("a");
    assertTrue(cluster().tokens.stream().allMatch(bound::equals), cluster().tokens.toString());
  }
}
