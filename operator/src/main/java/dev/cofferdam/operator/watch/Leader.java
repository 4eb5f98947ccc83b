package dev.cofferdam.operator.watch;

import dev.cofferdam.operator.fleet.Fleet;
import dev.cofferdam.operator.model.ConditionType;
import dev.cofferdam.operator.model.Events;
import dev.cofferdam.operator.model.Reason;
import dev.cofferdam.operator.reconcile.ClusterEvents;
import dev.cofferdam.operator.reconcile.Teller;
import dev.cofferdam.operator.rollout.Rollout;
import dev.cofferdam.policy.SandboxPolicy;
import dev.cofferdam.policy.SandboxPolicyStatus;
import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Clock;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the one process that leads has running beside the passes over policies; an operator that
 * does not lead makes it and starts none of it. Thread-safe.
 */
@ApplicationScoped
public class Leader {
  private static final Logger LOG = LoggerFactory.getLogger(Leader.class);

  private final KubernetesClient client;
  private final Clock clock = Clock.systemUTC();
  private final Fleet fleet = new Fleet();
  private final OperatorMetrics metrics;
  private final Teller teller;
  private final ClusterNamespaces namespaces;
  private final PendingPods pendingPods;
  private final FleetSource fleetSource;
  private final Optional<Rollout> rollout;

  /**
   * Starts nothing.
   *
   * @param namespace that Cofferdam is installed in, where the nodes' Leases lie
   * @param leaseGrace how long a node's Lease may stay as it is before the node counts as not
   *     proved
   * @param leaseLook how often the Leases are looked at
   * @param givesClasses whether the chart's MutatingAdmissionPolicy is there
   * @param installNodes whether the chart's DaemonSet for nodes is there, and the right to read it
   */
  public Leader(
      KubernetesClient client,
      OperatorMetrics metrics,
      @ConfigProperty(name = "cofferdam.namespace") String namespace,
      @ConfigProperty(name = "cofferdam.lease-grace") Duration leaseGrace,
      @ConfigProperty(name = "cofferdam.lease-look") Duration leaseLook,
      @ConfigProperty(name = "cofferdam.gives-classes") boolean givesClasses,
      @ConfigProperty(name = "cofferdam.install-nodes") boolean installNodes) {
    this.client = client;
    this.metrics = metrics;
    this.teller =
        new Teller(
            new ClusterEvents(client),
            clock,
            Objects.requireNonNullElse(System.getenv("HOSTNAME"), "operator"));
    this.namespaces = new ClusterNamespaces(client, givesClasses, metrics::enforcementWritten);
    this.pendingPods = new PendingPods(client, teller);
    this.fleetSource =
        new FleetSource(
            client,
            fleet,
            new FleetSource.Settings(namespace, leaseGrace, leaseLook),
            teller,
            clock,
            new FleetSource.Companions(
                this::started, this::stopped, () -> metrics.refresh(fleet), this::policyGone),
            metrics::nodeWritten);
    this.rollout =
        installNodes ? Optional.of(new Rollout(client, namespace, clock)) : Optional.empty();
    metrics.observe(fleet);
  }

  public KubernetesClient client() {
    return client;
  }

  public Clock clock() {
    return clock;
  }

  public Fleet fleet() {
    return fleet;
  }

  public OperatorMetrics metrics() {
    return metrics;
  }

  public Teller teller() {
    return teller;
  }

  public ClusterNamespaces namespaces() {
    return namespaces;
  }

  public FleetSource fleetSource() {
    return fleetSource;
  }

  /** This process leads, if it did not before. */
  public void lead() {
    fleetSource.lead();
    rollout.ifPresent(Rollout::start);
  }

  /** A pass has come to this status. */
  public void told(String policy, SandboxPolicyStatus status) {
    metrics.conditions(policy, status);
    pendingPods.nodes(
        policy,
        status.conditions().stream()
            .filter(
                condition ->
                    condition.getType().equals(ConditionType.NODES_AVAILABLE.toString())
                        && condition.getStatus().equals("False"))
            .map(Condition::getMessage)
            .findFirst());
  }

  private void started(Set<String> policies) {
    try {
      namespaces.start(policies, fleetSource::wake);
      pendingPods.start();
    } catch (RuntimeException e) {
      // The next pass tries again, from the start.
      stopped();
      throw e;
    }
  }

  private void stopped() {
    pendingPods.stop();
    namespaces.stop();
  }

  private void policyGone(SandboxPolicy policy) {
    String name = policy.getMetadata().getName();
    metrics.forget(name);
    pendingPods.nodes(name, Optional.empty());
    teller.tell(
        Events.about(policy),
        Reason.POLICY_DELETED,
        ("RuntimeClass %s goes with its policy: pods that run stay, %d that wait for a node and new"
                + " ones do not start, and no namespace is held to it any more")
            .formatted(name, pendingPods.count(name)));
    try {
      namespaces.forget(name);
    } catch (KubernetesClientException e) {
      // The next write of any policy brings it along.
      LOG.warn("What policy {} asked of namespaces is still asked: {}", name, e.getMessage());
    }
  }
}
