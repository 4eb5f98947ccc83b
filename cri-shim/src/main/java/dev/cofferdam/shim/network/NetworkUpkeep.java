package dev.cofferdam.shim.network;

import dev.cofferdam.sandbox.Deadline;
import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.SandboxException;
import dev.cofferdam.shim.cni.AttachmentId;
import dev.cofferdam.shim.cni.Cni;
import dev.cofferdam.shim.cni.PodNetwork;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks after the networks of pods that are attached: once after the shim's start, whether those of
 * before still are as they were made (CHECK); then now and again, while nothing else is going on,
 * tells plugins which attachments there are (GC).
 */
final class NetworkUpkeep {
  private static final Logger LOG = LoggerFactory.getLogger(NetworkUpkeep.class);

  /** Calls for other pods wait that long at worst. */
  private static final Duration GC_TIMEOUT = Duration.ofSeconds(10);

  private static final Duration CHECK_TIMEOUT = Duration.ofSeconds(30);

  /** Moments in which nobody makes or ends a pod network of containerd's. */
  interface Pauses {
    boolean tryDuring(Duration quiet, Runnable work) throws InterruptedException;
  }

  /** What became of one try at GC. */
  enum Outcome {
    DONE,
    /** No plugin is to be asked: the network's version or configuration. */
    NOT_WANTED,
    /** Something was under way, or could not be told; try again later. */
    NOT_NOW
  }

  private final Cni cni;
  private final ForeignAttachments foreign;
  private final Supplier<List<PodNetwork>> attached;
  private final Pauses pauses;
  private final Duration quiet;

  /**
   * Looks after the networks of these pods.
   *
   * @param quiet how long before GC no call for a pod may have failed: containerd takes a minute at
   *     most to take down what it had made for such a call
   */
  NetworkUpkeep(
      Cni cni,
      ForeignAttachments foreign,
      Supplier<List<PodNetwork>> attached,
      Pauses pauses,
      Duration quiet) {
    this.cni = cni;
    this.foreign = foreign;
    this.attached = attached;
    this.pauses = pauses;
    this.quiet = quiet;
  }

  /**
   * Asks the plugins for each pod, one after the other. A pod whose network is broken is left
   * alone: what to do about it is for people, and plugins have been seen to be wrong.
   *
   * @return the pods that a plugin objects to
   */
  List<String> check() {
    return attached.get().stream().filter(pod -> !isSound(pod)).map(PodNetwork::sandboxId).toList();
  }

  private boolean isSound(PodNetwork pod) {
    try {
      cni.check(pod, Deadline.after(CHECK_TIMEOUT));
      return true;
    } catch (SandboxException e) {
      LOG.warn(
          "the network of pod {}/{} (sandbox {}) is not as it was made: {}",
          pod.namespace(),
          pod.podName(),
          pod.sandboxId(),
          e.getMessage());
      return false;
    }
  }

  Outcome collectGarbage() throws InterruptedException {
    try {
      if (!cni.hasGc()) {
        return Outcome.NOT_WANTED;
      }
    } catch (SandboxException e) {
      return Outcome.NOT_NOW; // no network, or a broken configuration: Status says so
    }
    AtomicReference<Outcome> outcome = new AtomicReference<>(Outcome.NOT_NOW);
    boolean _ = pauses.tryDuring(quiet, () -> outcome.set(collectNow()));
    return outcome.get();
  }

  private Outcome collectNow() {
    Deadline deadline = Deadline.after(GC_TIMEOUT);
    List<String> running = attached.get().stream().map(PodNetwork::sandboxId).toList();
    AtomicReference<@Nullable Set<AttachmentId>> others = new AtomicReference<>();
    try {
      boolean done =
          cni.collectGarbage(
              () -> {
                Set<AttachmentId> all = foreign.all(deadline);
                others.set(all);
                return all;
              },
              running,
              deadline);
      return done ? Outcome.DONE : Outcome.NOT_NOW;
    } catch (SandboxException e) {
      if (others.get() == null || e.code() == ErrorCode.CORRUPT_STATE) {
        LOG.info("CNI plugins are not told which attachments there are: {}", e.getMessage());
        return Outcome.NOT_NOW;
      }
      LOG.warn("CNI garbage collection: {}", e.getMessage());
      return Outcome.DONE; // they were asked; asking at once again would change nothing
    }
  }
}
