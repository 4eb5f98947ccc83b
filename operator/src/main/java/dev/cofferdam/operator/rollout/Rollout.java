package dev.cofferdam.operator.rollout;

import io.fabric8.kubernetes.api.model.apps.DaemonSet;
import io.fabric8.kubernetes.api.model.apps.DaemonSetStatus;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gives nodes their turn to be installed or upgraded. Looks at the DaemonSet's status now and then,
 * and at its pods only while some aren't ready. Runs in the process that leads. Thread-safe.
 */
public final class Rollout {
  private static final Logger LOG = LoggerFactory.getLogger(Rollout.class);
  private static final Duration LOOK = Duration.ofSeconds(2);

  private final Agents agents;
  private final Clock clock;
  private final ScheduledExecutorService timer =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("rollout").factory());
  private boolean started;
  private String stopped = "";

  public Rollout(KubernetesClient client, String namespace, Clock clock) {
    this.agents = new Agents(client, namespace);
    this.clock = clock;
  }

  /** Once; a second call does nothing. */
  public synchronized void start() {
    if (!started) {
      started = true;
      var _ = timer.scheduleWithFixedDelay(this::look, 0, LOOK.toMillis(), TimeUnit.MILLISECONDS);
    }
  }

  private void look() {
    try {
      Optional<DaemonSet> set = agents.daemonSet();
      if (set.isPresent() && unfinished(set.get())) {
        give(set.get());
      }
    } catch (KubernetesClientException e) {
      LOG.warn("No node was given its turn: {}", e.getMessage());
    } catch (RuntimeException e) {
      LOG.error("No node was given its turn", e); // else the timer would end
    }
  }

  static boolean unfinished(DaemonSet set) {
    DaemonSetStatus status = set.getStatus();
    return status == null
        || !Objects.equals(status.getObservedGeneration(), set.getMetadata().getGeneration())
        || !Objects.equals(status.getNumberReady(), status.getDesiredNumberScheduled())
        || !Objects.equals(status.getUpdatedNumberScheduled(), status.getDesiredNumberScheduled());
  }

  private void give(DaemonSet set) {
    List<Agent> all = agents.all();
    for (Agent agent : Turns.next(all, Agents.most(set, all.size()))) {
      Turn turn = Turn.next(Turn.Verb.INSTALL, clock.millis());
      agents.give(agent, turn);
      LOG.info("Node {} has its turn: {}", agent.node(), turn);
    }
    String now =
        all.stream().filter(Agent::failed).map(Rollout::why).sorted().findFirst().orElse("");
    if (!now.equals(stopped)) {
      stopped = now;
      if (!now.isEmpty()) {
        LOG.warn("No further node is changed: {}", now);
      }
    }
  }

  static String why(Agent agent) {
    return "node %s: %s"
        .formatted(agent.node(), agent.outcome().map(Agent.Ended::message).orElse(""));
  }
}
