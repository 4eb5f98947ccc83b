package dev.cofferdam.shim.sandboxnode;

import com.fasterxml.jackson.databind.JsonNode;
import dev.cofferdam.policy.node.SandboxNodeStatus;
import dev.cofferdam.shim.kube.ApiServer;
import dev.cofferdam.shim.kube.ClusterAccess;
import dev.cofferdam.shim.kube.TokenClaims;
import dev.cofferdam.shim.kube.TokenClaims.BoundNode;
import dev.cofferdam.shim.kube.TokenRenewal;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells the API server of this node, for as long as it is open: a heartbeat and a token that is
 * renewed on one thread, the status on another, written when it has changed. While the API server
 * is away it tries again, later and later. Thread-safe.
 */
public final class SandboxNodeAgent implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(SandboxNodeAgent.class);

  /** News that come together are told together. */
  private static final Duration GATHERING = Duration.ofMillis(200);

  private static final Duration LOOK = Duration.ofSeconds(10);

  /** How often numbers alone are told, and what others wrote is put right. */
  private static final Duration NUMBERS = Duration.ofMinutes(1);

  private static final Duration WHOLE = Duration.ofMinutes(5);
  private static final int BEATS_A_LEASE = 4;

  private final ClusterAccess access;
  private final NodeSources sources;
  private final Duration heartbeat;
  private final TokenRenewal tokens;
  private final NodeLease lease;
  private final Semaphore news = new Semaphore(0);
  private final AtomicReference<String> lastFailure = new AtomicReference<>("");
  private final Thread beating = Thread.ofVirtual().name("node-lease").unstarted(this::beat);
  private final Thread telling = Thread.ofVirtual().name("node-status").unstarted(this::tell);

  private @Nullable JsonNode object;
  private Instant readAt = Instant.MIN;
  private Instant wroteAt = Instant.MIN;

  /**
   * @param heartbeat how often the Lease is renewed; it holds for four times as long
   * @param tokenLifetime of the tokens that it gets for itself
   */
  public SandboxNodeAgent(
      ClusterAccess access, NodeSources sources, Duration heartbeat, Duration tokenLifetime) {
    this.access = access;
    this.sources = sources;
    this.heartbeat = heartbeat;
    this.tokens = new TokenRenewal(access, tokenLifetime);
    this.lease = new NodeLease(heartbeat.multipliedBy(BEATS_A_LEASE));
  }

  public void start() {
    beating.start();
    telling.start();
  }

  /** Something may have changed. Returns at once. */
  public void wake() {
    news.release();
  }

  private void beat() {
    try {
      while (true) {
        attempt("the node's Lease", this::heartbeat);
        Thread.sleep(heartbeat);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // close() asks us to end
    }
  }

  private void heartbeat() throws IOException {
    if (tokens.ifDue(Instant.now())) {
      LOG.info("the node has a new token");
    }
    ApiServer api = access.apiServer();
    Optional<TokenClaims> claims = claims(api);
    if (claims.isPresent()) {
      lease.renew(api, claims.get(), Instant.now());
    }
  }

  private Optional<TokenClaims> claims(ApiServer api) throws IOException {
    Optional<TokenClaims> claims =
        api.token().flatMap(TokenClaims::of).filter(known -> known.node().isPresent());
    if (claims.isEmpty()) {
      throw new IOException(
          "the token that %s leads to is not bound to a Node: make one with kubectl create token"
                  .formatted(access.kubeconfig())
              + " --bound-object-kind Node --bound-object-name NODE");
    }
    return claims;
  }

  private void tell() {
    try {
      while (true) {
        boolean told = attempt("the node's status", this::writeIfChanged);
        if (news.tryAcquire((told ? LOOK : heartbeat).toMillis(), TimeUnit.MILLISECONDS)) {
          Thread.sleep(GATHERING);
          news.drainPermits();
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // close() asks us to end
    }
  }

  private void writeIfChanged() throws IOException {
    ApiServer api = access.apiServer();
    BoundNode bound = claims(api).orElseThrow().node().orElseThrow();
    NodeObject node = new NodeObject(api, bound);
    Instant now = Instant.now();
    JsonNode known = object;
    object = null; // unless this goes well
    if (known == null || now.isAfter(readAt.plus(WHOLE))) {
      known = node.find();
      readAt = now;
    }
    SandboxNodeStatus told = NodeObject.statusOf(known);
    SandboxNodeStatus status =
        NodeStatus.of(sources, told, now.truncatedTo(ChronoUnit.SECONDS).toString());
    boolean due =
        NodeStatus.differ(told, status)
            || (!told.equals(status) && now.isAfter(wroteAt.plus(NUMBERS)));
    if (due) {
      known = node.write(known, status);
      wroteAt = now;
    }
    object = known;
    tellNews(new NodeEvents(api, bound), NodeNews.of(told, status));
  }

  /** Best effort: the conditions say the same, and stay. */
  private static void tellNews(NodeEvents events, List<NodeNews> news) {
    for (NodeNews each : news) {
      try {
        events.tell(each);
      } catch (IOException e) {
        LOG.warn("an Event could not be made: {}", e.getMessage());
      }
    }
  }

  /** Something that the API server is needed for. */
  private interface Act {
    void run() throws IOException;
  }

  /** A failure is told once, until it is another one. */
  private boolean attempt(String what, Act act) {
    if (!access.exists()) {
      return true; // a node without a cluster, until it comes
    }
    try {
      act.run();
      lastFailure.set("");
      return true;
    } catch (IOException | RuntimeException e) {
      String failure = what + ": " + e.getMessage();
      if (!failure.equals(lastFailure.getAndSet(failure))) {
        LOG.warn("{}; pods go on, and it is tried again", failure);
      }
      return false;
    }
  }

  @Override
  public void close() {
    beating.interrupt();
    telling.interrupt();
  }
}
