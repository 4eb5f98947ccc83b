package dev.cofferdam.shim.kube;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.cofferdam.cri.v1.PodSandboxConfig;
import dev.cofferdam.cri.v1.PodSandboxMetadata;
import dev.cofferdam.shim.host.Notices;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Notices as lines of the log, and, in a cluster, as Events of the pod, each once. Sent in the
 * background and best effort: while the API server is away they are dropped. Thread-safe.
 */
public final class PodEvents implements Notices, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(PodEvents.class);
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Duration SENDING = Duration.ofSeconds(10);
  private static final int MOST_WAITING = 100;
  private static final int MOST_REMEMBERED = 1000;

  private final Optional<ClusterAccess> access;
  private final String node;
  private final BlockingQueue<ObjectNode> waiting = new ArrayBlockingQueue<>(MOST_WAITING);
  private final Map<String, Boolean> said =
      new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Boolean> eldest) {
          return size() > MOST_REMEMBERED;
        }
      };
  private final Thread sender = Thread.ofVirtual().name("events").unstarted(this::send);

  /**
   * Starts sending.
   *
   * @param access to the API server; empty: no cluster
   * @param node this node's name, for the Events' source
   */
  public PodEvents(Optional<ClusterAccess> access, String node) {
    this.access = access;
    this.node = node;
    sender.start();
  }

  @Override
  public void ignored(PodSandboxConfig pod, String what) {
    PodSandboxMetadata metadata = pod.getMetadata();
    synchronized (said) {
      if (said.put(metadata.getUid() + ' ' + what, true) != null) {
        return;
      }
    }
    LOG.info("pod {}/{}: {}", metadata.getNamespace(), metadata.getName(), what);
    if (access.isPresent() && !metadata.getNamespace().isEmpty()) {
      var _ = waiting.offer(event(metadata, what));
    }
  }

  private ObjectNode event(PodSandboxMetadata pod, String what) {
    String now = Instant.now().truncatedTo(ChronoUnit.SECONDS).toString();
    ObjectNode event = JSON.createObjectNode().put("apiVersion", "v1").put("kind", "Event");
    event
        .putObject("metadata")
        .put("namespace", pod.getNamespace())
        .put("generateName", pod.getName() + ".");
    event
        .putObject("involvedObject")
        .put("apiVersion", "v1")
        .put("kind", "Pod")
        .put("namespace", pod.getNamespace())
        .put("name", pod.getName())
        .put("uid", pod.getUid());
    event.putObject("source").put("component", "cofferdam").put("host", node);
    return event
        .put("type", "Warning")
        .put("reason", "SettingIgnored")
        .put("message", what)
        .put("count", 1)
        .put("firstTimestamp", now)
        .put("lastTimestamp", now);
  }

  private void send() {
    try {
      while (true) {
        send(waiting.take());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // close() asks us to end
    }
  }

  private void send(ObjectNode event) {
    ClusterAccess cluster = access.orElseThrow();
    if (!cluster.exists()) {
      return; // a node without a cluster, until it comes
    }
    String namespace = event.path("metadata").path("namespace").asText();
    try {
      cluster
          .apiServer()
          .create(
              "/api/v1/namespaces/" + namespace + "/events",
              JSON.writeValueAsBytes(event),
              SENDING);
    } catch (IOException | RuntimeException e) {
      LOG.warn("an Event could not be made: {}", e.getMessage());
    }
  }

  @Override
  public void close() {
    sender.interrupt();
  }
}
