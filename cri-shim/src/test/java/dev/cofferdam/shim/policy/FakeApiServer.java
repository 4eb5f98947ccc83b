package dev.cofferdam.shim.policy;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;

/** Lists and watches policies as the API server does, and goes away when told to. */
final class FakeApiServer implements AutoCloseable {
  /** Ends a watch, as the API server does every few minutes. */
  private static final String END = "";

  final List<String> requests = new CopyOnWriteArrayList<>();
  private final Map<String, String> items = new TreeMap<>();
  private final BlockingQueue<String> events = new LinkedBlockingQueue<>();
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final HttpServer server;
  private volatile int refuseWith;

  FakeApiServer() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/", this::answer);
    server.setExecutor(threads);
    server.start();
  }

  Path kubeconfig(Path folder) throws IOException {
    Files.writeString(folder.resolve("token"), "secret\n");
    return Files.writeString(
        folder.resolve("kubeconfig"),
        """
        apiVersion: v1
        kind: Config
        clusters: [{name: c, cluster: {server: "http://127.0.0.1:%d"}}]
        users: [{name: u, user: {tokenFile: token}}]
        contexts: [{name: x, context: {cluster: c, user: u}}]
        current-context: x
        """
            .formatted(server.getAddress().getPort()));
  }

  synchronized void put(String name, String spec) {
    String policy = policy(name, spec);
    String type = items.put(name, policy) == null ? "ADDED" : "MODIFIED";
    events.add("{\"type\": \"" + type + "\", \"object\": " + policy + "}");
  }

  synchronized void delete(String name) {
    events.add("{\"type\": \"DELETED\", \"object\": " + items.remove(name) + "}");
  }

  /** Changes that no watch is told of, as while a watcher was away. */
  synchronized void forgetEvents() {
    events.clear();
  }

  void endWatch() {
    events.add(END);
  }

  void failWatch() {
    events.add("{\"type\": \"ERROR\", \"object\": {\"message\": \"too old resource version\"}}");
  }

  void refuse(int status) {
    refuseWith = status;
  }

  private void answer(HttpExchange exchange) throws IOException {
    try (exchange) {
      String query = String.valueOf(exchange.getRequestURI().getQuery());
      requests.add(
          exchange.getRequestURI().getPath()
              + " "
              + exchange.getRequestHeaders().getFirst("Authorization"));
      if (refuseWith != 0) {
        exchange.sendResponseHeaders(refuseWith, -1);
      } else if (query.contains("watch=1")) {
        exchange.sendResponseHeaders(200, 0);
        stream(exchange.getResponseBody());
      } else {
        byte[] list = list().getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(200, list.length);
        exchange.getResponseBody().write(list);
      }
    }
  }

  private void stream(OutputStream out) throws IOException {
    try {
      for (String event = events.take(); !event.equals(END); event = events.take()) {
        out.write((event.replace("\n", " ") + "\n").getBytes(StandardCharsets.UTF_8));
        out.flush();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private synchronized String list() {
    events.clear();
    return "{\"metadata\": {\"resourceVersion\": \"1\"}, \"items\": ["
        + String.join(", ", items.values())
        + "]}";
  }

  private static String policy(String name, String spec) {
    return """
    {"apiVersion": "cofferdam.dev/v1alpha1", "kind": "SandboxPolicy",
     "metadata": {"name": "%s", "resourceVersion": "2", "managedFields": [{}]},
     "spec": %s, "status": {"fromTheFuture": true}}
    """
        .formatted(name, spec);
  }

  @Override
  public void close() {
    server.stop(0);
    threads.shutdownNow();
  }
}
