package dev.cofferdam.shim.policy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.cofferdam.policy.SandboxPolicy;
import dev.cofferdam.shim.kube.ClusterAccess;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.HttpURLConnection;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Follows the API server's policies for as long as it is open, whatever the API server does: a
 * list, then a watch from there on; after a failure a list again, later and later. What is known
 * stays in force meanwhile.
 */
final class PolicyWatch implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(PolicyWatch.class);
  private static final ObjectMapper JSON = new ObjectMapper();

  private static final String POLICIES =
      "/apis/" + SandboxPolicy.GROUP + "/" + SandboxPolicy.VERSION + "/sandboxpolicies";
  private static final Duration LIST_TIMEOUT = Duration.ofSeconds(30);
  private static final Duration WATCH_LENGTH = Duration.ofMinutes(5);
  // The API server sends a bookmark about once a minute: silence means that it is gone.
  private static final Duration WATCH_SILENCE = Duration.ofMinutes(2);
  private static final Duration KUBECONFIG_INTERVAL = Duration.ofSeconds(1);
  private static final Duration FIRST_RETRY = Duration.ofMillis(500);
  private static final Duration LAST_RETRY = Duration.ofSeconds(15);

  private final ClusterAccess cluster;
  private final ClusterPolicies policies;
  private final Runnable changed;
  private final Thread thread;
  private volatile boolean closed;
  private volatile @Nullable HttpURLConnection open;
  private Duration retry = FIRST_RETRY;
  private String lastFailure = "";

  /** Returns at once; {@code changed} runs after changes, on this watch's thread. */
  PolicyWatch(ClusterAccess cluster, ClusterPolicies policies, Runnable changed) {
    this.cluster = cluster;
    this.policies = policies;
    this.changed = changed;
    this.thread = Thread.ofVirtual().name("policy watch").unstarted(this::run);
    thread.start();
  }

  @Override
  public void close() {
    closed = true;
    thread.interrupt();
    HttpURLConnection connection = open;
    if (connection != null) {
      connection.disconnect();
    }
  }

  private void run() {
    if (!cluster.exists()) {
      LOG.info("no {}: a node without a cluster, until it comes", cluster.kubeconfig());
    }
    while (!closed) {
      try {
        awaitKubeconfig();
        String version = list();
        retry = FIRST_RETRY;
        lastFailure = "";
        while (!closed) {
          version = watch(version);
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      } catch (IOException | RuntimeException e) {
        if (closed || !pause(e)) {
          return;
        }
      }
    }
  }

  private void awaitKubeconfig() throws InterruptedException {
    while (!cluster.exists()) {
      Thread.sleep(KUBECONFIG_INTERVAL);
    }
  }

  private boolean pause(Exception failure) {
    if (!failure.toString().equals(lastFailure)) {
      lastFailure = failure.toString();
      LOG.warn("policies of the API server: {}; what is known stays in force", lastFailure);
    }
    try {
      Thread.sleep(retry);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
    retry = retry.multipliedBy(2).compareTo(LAST_RETRY) < 0 ? retry.multipliedBy(2) : LAST_RETRY;
    return true;
  }

  /** The version from which to watch on. */
  private String list() throws IOException {
    try (InputStream body = body(POLICIES, LIST_TIMEOUT)) {
      JsonNode list = JSON.readTree(body);
      Set<String> names = new HashSet<>();
      for (JsonNode policy : list.path("items")) {
        // Items of a list say neither, as their list does.
        ((ObjectNode) policy)
            .put("apiVersion", SandboxPolicy.GROUP + "/" + SandboxPolicy.VERSION)
            .put("kind", "SandboxPolicy");
        names.add(nameOf(policy));
        policies.put(nameOf(policy), document(policy));
      }
      policies.retain(names);
      changed.run();
      return versionOf(list);
    }
  }

  /** Ends when the API server ends the watch, as it does every few minutes. */
  private String watch(String from) throws IOException {
    String version = from;
    String query =
        "?watch=1&allowWatchBookmarks=true&timeoutSeconds=%d&resourceVersion=%s"
            .formatted(WATCH_LENGTH.toSeconds(), version);
    try (BufferedReader lines =
        new BufferedReader(
            new InputStreamReader(body(POLICIES + query, WATCH_SILENCE), StandardCharsets.UTF_8))) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        JsonNode event = JSON.readTree(line);
        take(event.path("type").asText(), event.path("object"));
        version = versionOf(event.path("object"));
      }
    } finally {
      open = null;
    }
    return version;
  }

  private void take(String type, JsonNode object) throws IOException {
    switch (type) {
      case "ADDED", "MODIFIED" -> {
        if (policies.put(nameOf(object), document(object))) {
          changed.run();
        }
      }
      case "DELETED" -> {
        policies.remove(nameOf(object));
        changed.run();
      }
      case "ERROR" -> throw new IOException("watch ended: " + object.path("message").asText());
      default -> {
        // BOOKMARK: only its version counts.
      }
    }
  }

  private InputStream body(String pathAndQuery, Duration readTimeout) throws IOException {
    HttpURLConnection connection = cluster.apiServer().get(pathAndQuery, readTimeout);
    open = connection;
    int status = connection.getResponseCode();
    if (status != HttpURLConnection.HTTP_OK) {
      connection.disconnect();
      throw new IOException(
          "HTTP " + status + " for " + POLICIES + " at " + connection.getURL().getAuthority());
    }
    return connection.getInputStream();
  }

  private static String nameOf(JsonNode policy) {
    return policy.path("metadata").path("name").asText();
  }

  private static String versionOf(JsonNode object) {
    return object.path("metadata").path("resourceVersion").asText();
  }

  /** The part of a policy that a node acts on: without the status, which changes without effect. */
  private static byte[] document(JsonNode policy) throws IOException {
    ObjectNode bare = JSON.createObjectNode();
    bare.set("apiVersion", policy.path("apiVersion"));
    bare.set("kind", policy.path("kind"));
    ObjectNode metadata = bare.putObject("metadata");
    metadata.put("name", nameOf(policy));
    metadata.set("generation", policy.path("metadata").path("generation"));
    bare.set("spec", policy.path("spec"));
    return JSON.writeValueAsBytes(bare);
  }
}
