package dev.cofferdam.shim.policy;

import dev.cofferdam.policy.NodeProof;
import dev.cofferdam.sandbox.SandboxException;
import dev.cofferdam.shim.handler.Backends;
import dev.cofferdam.shim.handler.HandlerSource;
import dev.cofferdam.shim.handler.Placement;
import dev.cofferdam.shim.handler.Proofs;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
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
    settings.kubeconfig().ifPresent(kubeconfig -> cluster.loadCache());
    files.refresh();
    apiServer =
        settings
            .kubeconfig()
            .map(kubeconfig -> new PolicyWatch(kubeconfig, cluster, this::tryAllSoon))
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
