package dev.cofferdam.shim.kube;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.cofferdam.cri.v1.PodSandboxConfig;
import dev.cofferdam.cri.v1.PodSandboxMetadata;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PodEventsTest {
  private static final PodSandboxConfig POD =
      PodSandboxConfig.newBuilder()
          .setMetadata(
              PodSandboxMetadata.newBuilder().setName("web").setNamespace("shop").setUid("u-1"))
          .build();

  @TempDir Path folder;
  private final List<String> bodies = new CopyOnWriteArrayList<>();
  private final List<String> paths = new CopyOnWriteArrayList<>();
  private volatile int answer = 201;
  private HttpServer server = none();

  private static HttpServer none() {
    try {
      return HttpServer.create();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  @BeforeEach
  void serve() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/", this::handle);
    server.start();
    Files.writeString(
        kubeconfig(),
        """
        clusters: [{name: c, cluster: {server: "http://127.0.0.1:%d"}}]
        users: [{name: u, user: {token: secret}}]
        contexts: [{name: x, context: {cluster: c, user: u}}]
        current-context: x
        """
            .formatted(server.getAddress().getPort()));
  }

  @AfterEach
  void stop() {
    server.stop(0);
  }

  private Path kubeconfig() {
    return folder.resolve("kubeconfig");
  }

  private void handle(HttpExchange exchange) throws IOException {
    paths.add(exchange.getRequestMethod() + " " + exchange.getRequestURI());
    bodies.add(new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
    exchange.sendResponseHeaders(answer, -1);
    exchange.close();
  }

  private void await(int requests) {
    Awaitility.await().atMost(Duration.ofSeconds(30)).until(() -> bodies.size() == requests);
  }

  @Test
  void ignored_becomesAnEventOfThePod_once() throws Exception {
    try (PodEvents events = new PodEvents(Optional.of(ClusterAccess.of(kubeconfig())), "node-1")) {
      events.ignored(POD, "its label is ignored");
      events.ignored(POD, "its label is ignored");
      events.ignored(POD, "something else");
      await(2);
    }
    assertEquals("POST /api/v1/namespaces/shop/events", paths.getFirst());
    JsonNode event = new ObjectMapper().readTree(bodies.getFirst());
    assertEquals("SettingIgnored", event.path("reason").asText());
    assertEquals("its label is ignored", event.path("message").asText());
    assertEquals("u-1", event.path("involvedObject").path("uid").asText());
    assertEquals("web.", event.path("metadata").path("generateName").asText());
    assertTrue(bodies.getLast().contains("something else"));
  }

  @Test
  void ignored_whileTheApiServerRefuses_isDroppedAndTheNextIsSent() {
    answer = 403;
    try (PodEvents events = new PodEvents(Optional.of(ClusterAccess.of(kubeconfig())), "node-1")) {
      events.ignored(POD, "one");
      await(1);
      answer = 201;
      events.ignored(POD, "two");
      await(2);
    }
  }
}
