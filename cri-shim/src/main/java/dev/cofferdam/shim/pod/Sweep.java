package dev.cofferdam.shim.pod;

import dev.cofferdam.sandbox.Deadline;
import dev.cofferdam.shim.container.ContainerRemove;
import dev.cofferdam.shim.live.LogFields;
import dev.cofferdam.shim.live.Pod;
import dev.cofferdam.shim.live.Pods;
import dev.cofferdam.shim.live.Steps;
import dev.cofferdam.shim.live.Timeouts;
import dev.cofferdam.shim.state.SandboxRecord;
import dev.cofferdam.shim.state.SandboxRecord.Phase;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Finishes, again and again, what could not be finished at once. */
final class Sweep {
  private static final Logger LOG = LoggerFactory.getLogger(Sweep.class);

  private final Semaphore rounds = new Semaphore(1);
  private final Pods pods;
  private final PodRecovery recovery;
  private final Orphans orphans;
  private final PodSandboxStop stop;
  private final PodSandboxRemove remove;
  private final ContainerRemove containers;
  private final PodTeardown teardown;
  private final Timeouts timeouts;
  private final PodMetrics metrics;
  private final String bootId;

  Sweep(
      Pods pods,
      PodRecovery recovery,
      Orphans orphans,
      PodSandboxStop stop,
      PodSandboxRemove remove,
      ContainerRemove containers,
      PodTeardown teardown,
      Timeouts timeouts,
      String bootId,
      PodMetrics metrics) {
    this.pods = pods;
    this.recovery = recovery;
    this.orphans = orphans;
    this.stop = stop;
    this.remove = remove;
    this.containers = containers;
    this.teardown = teardown;
    this.timeouts = timeouts;
    this.metrics = metrics;
    this.bootId = bootId;
  }

  /** Until the thread is interrupted. */
  void repeat(Duration every) {
    try {
      while (true) {
        once();
        Thread.sleep(every);
      }
    } catch (InterruptedException stop) {
      Thread.currentThread().interrupt();
    }
  }

  /**
   * Lets no round begin from now on.
   *
   * @return false: one was still at it at the end of the time, and rounds go on
   */
  boolean pause(Duration patience) throws InterruptedException {
    return rounds.tryAcquire(patience.toNanos(), TimeUnit.NANOSECONDS);
  }

  /** Ends a pause. */
  void goOn() {
    rounds.release();
  }

  /** One round; what fails is left for the next. */
  void once() throws InterruptedException {
    rounds.acquire();
    try {
      round();
    } catch (RuntimeException e) {
      LOG.error("a round of the sweep failed, which it must not", e);
    } finally {
      rounds.release();
    }
  }

  private void round() {
    pods.all().forEach(Pod::catchUp);
    teardown.sweepProbes();
    recovery.undecided().forEach(recovery::adoptOrNote);
    for (Pod pod : pods.all()) {
      if (pod.record().phase() == Phase.CLEANUP_PENDING) {
        try (LogFields.Scope _ = LogFields.of(pod)) {
          attempt(
              "sandbox",
              "pod sandbox " + pod.id(),
              () -> remove.remove(pod, Deadline.after(timeouts.release())));
        }
      }
    }
    for (String id : List.copyOf(pods.unknown())) {
      attempt(
          "unreadable",
          "pod sandbox " + id + ", whose record cannot be read,",
          () -> {
            teardown.endUnknown(id);
            pods.unknown().remove(id);
          });
    }
    for (String id : List.copyOf(pods.leftovers())) {
      attempt(
          "container",
          "container " + id,
          () -> {
            containers.removeUnknown(id);
            pods.leftovers().remove(id);
          });
    }
    rebooted();
    Orphans.Found found = orphans.find();
    for (String id : found.containers()) {
      attempt(
          "container",
          "container " + id + ", of which there is no record,",
          () -> containers.removeUnknown(id));
    }
    for (String id : found.sandboxes()) {
      attempt(
          "sandbox",
          "pod sandbox " + id + ", of which there is no record,",
          () -> teardown.endUnknown(id));
    }
    teardown.sweepSandboxes(orphans::isKnown);
  }

  /** What a boot before left to sandboxes: addresses, above all. */
  private void rebooted() {
    for (Pod pod : pods.all()) {
      SandboxRecord record = pod.record();
      if (record.phase() == Phase.ENDED && !record.bootId().equals(bootId)) {
        try (LogFields.Scope _ = LogFields.of(pod)) {
          attempt(
              "sandbox",
              "pod sandbox " + pod.id() + ", of before the node was started anew,",
              () -> stop.stopInTurn(pod, Deadline.after(timeouts.release())));
        }
      }
    }
  }

  private void attempt(String kind, String what, Steps.Effect act) {
    try {
      act.run();
      metrics.swept(kind, true);
      LOG.info("what was left of {} is cleaned up", what);
    } catch (Exception e) {
      metrics.swept(kind, false);
      LOG.warn("{} still cannot be cleaned up: {}", what, e.getMessage());
    }
  }
}
