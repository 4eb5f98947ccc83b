package dev.cofferdam.shim.policy;

import dev.cofferdam.policy.NodeProof;
import dev.cofferdam.policy.Requirement;
import dev.cofferdam.policy.node.RefusedPolicy;
import dev.cofferdam.sandbox.SandboxException;
import dev.cofferdam.shim.handler.Backends;
import dev.cofferdam.shim.handler.HandlerSource;
import dev.cofferdam.shim.handler.Placement;
import dev.cofferdam.shim.handler.Proofs;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The handlers that policies make, kept up to date in the background. {@link #start} needs no API
 * server and no call waits for one. Thread-safe.
 */
public final class PolicySource implements HandlerSource, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(PolicySource.class);

  private final PolicySettings settings;
  private final Policies policies = new Policies();
  private final PolicyHandlers handlers;
  private final PolicyFiles files;
  private final ClusterPolicies cluster;
  private final ConcurrentMap<String, String> said = new ConcurrentHashMap<>();
  private final ConcurrentMap<String, Placement> expected = new ConcurrentHashMap<>();
  private volatile Runnable changeListener = () -> {};
  private @Nullable PolicyWatch apiServer;
  private @Nullable Thread watcher;

  public PolicySource(PolicySettings settings, Backends backends, Proofs proofs) {
    this(settings, PolicyHandlers.proofOf(backends, proofs));
  }

  PolicySource(PolicySettings settings, NodeProof node) {
    this.settings = settings;
    this.handlers = new PolicyHandlers(policies, node);
    this.files = new PolicyFiles(settings.files(), policies);
    this.cluster = new ClusterPolicies(policies, new PolicyCache(settings.cache()));
  }

  /** Reads what is on disk, then goes on by itself. To be called once. */
  public void start() {
    // What was kept counts only on a node of a cluster: without one nobody would ever take it back.
    settings.cluster().ifPresent(access -> cluster.loadCache());
    files.refresh();
    apiServer =
        settings
            .cluster()
            .map(access -> new PolicyWatch(access, cluster, this::changed))
            .orElse(null);
    watcher = Thread.ofVirtual().name("policies").start(this::watch);
  }

  @Override
  public boolean owns(String handler) {
    return handlers.owns(handler);
  }

  @Override
  public Placement place(String handler) {
    return handlers.place(handler);
  }

  @Override
  public Optional<Placement> expected(String handler) {
    return Optional.ofNullable(expected.get(handler));
  }

  @Override
  public List<String> names() {
    return handlers.names();
  }

  /** The API server's policies that this node can act on, as it acknowledges them. */
  public Map<String, String> acknowledged() {
    Map<String, String> known = new TreeMap<>();
    policies
        .fromCluster()
        .forEach(
            (name, policy) -> {
              if (policy instanceof KnownPolicy.Accepted accepted) {
                known.put(
                    name, Requirement.acknowledgement(accepted.generation(), accepted.spec()));
              }
            });
    return known;
  }

  /** The API server's policies that it cannot act on. */
  public List<RefusedPolicy> refused() {
    return policies.fromCluster().entrySet().stream()
        .sorted(Map.Entry.comparingByKey())
        .flatMap(
            each ->
                each.getValue() instanceof KnownPolicy.Refused refused
                    ? Stream.of(
                        new RefusedPolicy(each.getKey(), refused.generation(), refused.reason()))
                    : Stream.empty())
        .toList();
  }

  /** From now on somebody is told when policies came, went or changed. */
  public void onChange(Runnable listener) {
    changeListener = listener;
  }

  /** What was proved has changed: where pods would go, too. */
  public void proofsChanged() {
    tryAllSoon();
  }

  /** Stops following; what is known stays usable. */
  @Override
  public void close() {
    Thread running = watcher;
    if (running != null) {
      running.interrupt();
      try {
        running.join();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
    PolicyWatch open = apiServer;
    if (open != null) {
      open.close();
    }
  }

  private void changed() {
    changeListener.run();
    tryAllSoon();
  }

  private void watch() {
    try {
      tryAll();
      while (true) {
        Thread.sleep(settings.filesInterval());
        if (files.refresh()) {
          tryAll();
        }
      }
    } catch (InterruptedException e) {
      // close() asks us to end.
      Thread.currentThread().interrupt();
    }
  }

  // A probe takes seconds: news must not wait for it.
  private void tryAllSoon() {
    Thread.ofVirtual().name("policy probes").start(this::tryAll);
  }

  /** Runs the probes that policies need before a pod does, and says what came of them. */
  private void tryAll() {
    for (String handler : names()) {
      try {
        Placement placement = place(handler);
        expected.put(handler, placement);
        say(handler, placement.backend() + "/" + placement.variant());
      } catch (SandboxException e) {
        expected.remove(handler);
        say(handler, String.valueOf(e.getMessage()));
      }
    }
  }

  private void say(String handler, String outcome) {
    if (!outcome.equals(said.put(handler, outcome))) {
      LOG.info("handler {}: {}", handler, outcome);
    }
  }
}
