package dev.cofferdam.shim.sandboxnode;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/** Keeps objects as the API server does, gives tokens, and is away when told to. */
final class FakeCluster implements AutoCloseable {
  static final String NODE = "node-1";
  static final String NODE_PATH = "/apis/cofferdam.dev/v1alpha1/sandboxnodes/" + NODE;
  static final String LEASE_PATH = "/apis/coordination.k8s.io/v1/namespaces/system/leases/" + NODE;

  final List<String> requests = new CopyOnWriteArrayList<>();
  final List<String> tokens = new CopyOnWriteArrayList<>();
  private final Map<String, ObjectNode> objects = new ConcurrentHashMap<>();
  private final HttpServer server;
  private volatile boolean away;

  FakeCluster() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/", this::answer);
    server.start();
  }

  /** A token as a service account's, of which only the claims are real. */
  static String token(Instant issued, Instant expires, boolean bound) {
    String node = bound ? ", \"node\": {\"name\": \"" + NODE + "\", \"uid\": \"u-1\"}" : "";
    String claims =
        """
        {"iat": %d, "exp": %d, "kubernetes.io": {"namespace": "system",
         "serviceaccount": {"name": "shim"}%s}}
        """
            .formatted(issued.getEpochSecond(), expires.getEpochSecond(), node);
    String encoded =
        Base64.getUrlEncoder()
            .withoutPadding()
            .encodeToString(claims.getBytes(StandardCharsets.UTF_8));
    return "e30." + encoded + ".x";
  }

  Path kubeconfig(Path folder, String token) throws IOException {
    Files.writeString(folder.resolve("first-token"), token);
    return Files.writeString(
        folder.resolve("kubeconfig"),
        """
        clusters: [{name: c, cluster: {server: "http://127.0.0.1:%d"}}]
        users: [{name: u, user: {tokenFile: first-token}}]
        contexts: [{name: x, context: {cluster: c, user: u}}]
        current-context: x
        """
            .formatted(server.getAddress().getPort()));
  }

  void away(boolean is) {
    away = is;
  }

  Optional<JsonNode> object(String path) {
    return Optional.ofNullable(objects.get(path));
  }

  void forget(String path) {
    objects.remove(path);
  }

  long count(String request) {
    return requests.stream().filter(request::equals).count();
  }

  private void answer(HttpExchange exchange) throws IOException {
    String path = exchange.getRequestURI().getPath();
    String method = exchange.getRequestMethod();
    requests.add(method + " " + path);
    tokens.add(exchange.getRequestHeaders().getFirst("Authorization").replace("Bearer ", ""));
    byte[] body = exchange.getRequestBody().readAllBytes();
    if (away) {
      send(exchange, 503, "{\"message\": \"away\"}");
    } else if (path.endsWith("/token")) {
      send(exchange, 201, tokenFor(NodeJson.MAPPER.readTree(body)));
    } else if (method.equals("GET")) {
      ObjectNode found = objects.get(path);
      send(exchange, found == null ? 404 : 200, found == null ? "{}" : found.toString());
    } else {
      write(exchange, method, path, (ObjectNode) NodeJson.MAPPER.readTree(body));
    }
  }

  private void write(HttpExchange exchange, String method, String path, ObjectNode sent)
      throws IOException {
    String target =
        method.equals("POST")
            ? path + "/" + sent.at("/metadata/name").asText()
            : path.replaceFirst("/status$", "");
    ObjectNode known = objects.get(target);
    String version = known == null ? "0" : known.at("/metadata/resourceVersion").asText();
    if (method.equals("PUT") && !version.equals(sent.at("/metadata/resourceVersion").asText())) {
      send(exchange, 409, "{\"message\": \"the object has been modified\"}");
      return;
    }
    sent.withObject("/metadata").put("resourceVersion", Integer.parseInt(version) + 1 + "");
    objects.put(target, sent);
    send(exchange, 200, sent.toString());
  }

  private static String tokenFor(JsonNode request) {
    Instant now = Instant.now();
    JsonNode bound = request.at("/spec/boundObjectRef");
    boolean asked =
        bound.path("kind").asText().equals("Node")
            && bound.path("name").asText().equals(NODE)
            && bound.path("uid").asText().equals("u-1");
    String token =
        token(now, now.plusSeconds(request.at("/spec/expirationSeconds").asLong()), asked);
    return "{\"status\": {\"token\": \"" + token + "\"}}";
  }

  private static void send(HttpExchange exchange, int status, String text) throws IOException {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    exchange.sendResponseHeaders(status, bytes.length);
    exchange.getResponseBody().write(bytes);
    exchange.close();
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
