package dev.cofferdam.operator.watch;

import dev.cofferdam.operator.fleet.Changes;
import dev.cofferdam.operator.fleet.Fleet;
import dev.cofferdam.operator.fleet.Heartbeats;
import dev.cofferdam.operator.reconcile.Teller;
import dev.cofferdam.policy.SandboxPolicy;
import dev.cofferdam.policy.node.SandboxNode;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.javaoperatorsdk.operator.processing.event.Event;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import io.javaoperatorsdk.operator.processing.event.source.AbstractEventSource;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Feeds the fleet from watches on nodes, what their shims say, and policies; wakes the policies for
 * which something has changed, many changes at once. A process that doesn't lead only watches, so
 * that it can take over at once. Thread-safe.
 */
public final class FleetSource extends AbstractEventSource<SandboxNode, SandboxPolicy> {
  private static final Logger LOG = LoggerFactory.getLogger(FleetSource.class);

  /** What happens within this time is acted on at once. */
  private static final Duration COALESCE = Duration.ofMillis(100);

  private final KubernetesClient client;
  private final Fleet fleet;
  private final Settings settings;
  private final Clock clock;
  private final Companions companions;
  private final Watches watches = new Watches();
  private final NodeLabels labels;
  private final ScheduledExecutorService timer =
      Executors.newScheduledThreadPool(2, Thread.ofPlatform().daemon().name("fleet").factory());
  private final Object lock = new Object();
  private final Set<String> woken = new HashSet<>();
  private volatile boolean leads;
  private Instant lastTick;

  /** How the fleet is watched. */
  public record Settings(String namespace, Duration leaseGrace, Duration leaseLook) {}

  /**
   * What lives as long as the fleet is watched.
   *
   * @param started told when the fleet is whole, with the policies that there are
   * @param tick called every second
   * @param policyGone told of each policy that was deleted
   */
  public record Companions(
      Consumer<Set<String>> started,
      Runnable stopped,
      Runnable tick,
      Consumer<SandboxPolicy> policyGone) {}

  /**
   * Not started yet.
   *
   * @param labelWritten called after each write to a Node
   */
  public FleetSource(
      KubernetesClient client,
      Fleet fleet,
      Settings settings,
      Teller teller,
      Clock clock,
      Companions companions,
      Runnable labelWritten) {
    super(SandboxNode.class, "fleet");
    this.client = client;
    this.fleet = fleet;
    this.settings = settings;
    this.clock = clock;
    this.companions = companions;
    this.lastTick = clock.instant();
    this.labels = new NodeLabels(client, fleet, teller, clock, labelWritten, this::nodeSeen);
  }

  @Override
  public void start() {
    super.start();
    watches.start(
        client.resources(SandboxPolicy.class),
        SandboxPolicy::new,
        policy ->
            apply(
                fleet.policySeen(
                    policy.getMetadata().getName(), policy.getSpec(), clock.instant())),
        this::policyGone);
    watches.start(
        client.nodes(),
        Node::new,
        this::nodeSeen,
        node -> apply(fleet.nodeGone(node.getMetadata().getName())));
    watches.start(
        client.resources(SandboxNode.class),
        SandboxNode::new,
        this::shimSpoke,
        node -> apply(fleet.proofGone(node.getMetadata().getName())));
    LOG.info("The fleet has {} nodes", fleet.count(false));
  }

  /**
   * This process leads from now on: until here it only watched, now it acts. To be called when the
   * fleet is whole; a second time nothing is done.
   */
  public synchronized void lead() {
    if (leads || !isRunning()) {
      return;
    }
    companions.started().accept(fleet.policyNames());
    leads = true;
    labels.start();
    labels.look(fleet.nodeNames());
    LeaseLook leases =
        new LeaseLook(
            client,
            settings.namespace(),
            new Heartbeats(settings.leaseGrace(), settings.leaseLook().multipliedBy(4)),
            fleet::shims,
            fleet::notReady,
            names -> apply(fleet.staleAre(names)));
    every(settings.leaseLook(), leases::look);
    every(COALESCE, this::wake);
    every(Duration.ofSeconds(1), this::tick);
  }

  @Override
  public void stop() {
    timer.shutdownNow();
    companions.stopped().run();
    labels.stop();
    watches.close();
    super.stop();
  }

  @Override
  public Set<SandboxNode> getSecondaryResources(SandboxPolicy policy) {
    return Set.of();
  }

  /** Has these policies looked at again soon. */
  public void wake(Set<String> policies) {
    synchronized (lock) {
      woken.addAll(policies);
    }
  }

  private void nodeSeen(Node node) {
    apply(
        fleet.nodeSeen(
            node.getMetadata().getName(),
            node.getMetadata().getUid(),
            Objects.requireNonNullElse(node.getMetadata().getLabels(), Map.of()),
            ready(node)));
  }

  /** Also where nobody says so: a Node may have no kubelet. */
  private static boolean ready(Node node) {
    return node.getStatus() == null
        || node.getStatus().getConditions().stream()
            .noneMatch(
                condition ->
                    condition.getType().equals("Ready") && !condition.getStatus().equals("True"));
  }

  private void shimSpoke(SandboxNode node) {
    String name = node.getMetadata().getName();
    apply(
        node.getStatus() == null ? fleet.proofGone(name) : fleet.proofSeen(name, node.getStatus()));
  }

  private void policyGone(SandboxPolicy thin) {
    apply(fleet.policyGone(thin.getMetadata().getName(), clock.instant()));
    if (leads) {
      companions.policyGone().accept(thin);
    }
  }

  private void apply(Changes changes) {
    if (leads) {
      wake(changes.policies());
      labels.look(changes.nodes());
    }
  }

  private void wake() {
    Set<String> now;
    synchronized (lock) {
      now = Set.copyOf(woken);
      woken.clear();
    }
    now.forEach(name -> getEventHandler().handleEvent(new Event(new ResourceID(name))));
  }

  private void tick() {
    Instant now = clock.instant();
    apply(fleet.acknowledgementsOver(lastTick, now));
    lastTick = now;
    companions.tick().run();
  }

  private void every(Duration period, Runnable work) {
    ScheduledFuture<?> _ =
        timer.scheduleWithFixedDelay(
            () -> {
              try {
                work.run();
              } catch (RuntimeException e) {
                LOG.warn("A look at the fleet failed", e);
              }
            },
            0,
            period.toMillis(),
            TimeUnit.MILLISECONDS);
  }
}
