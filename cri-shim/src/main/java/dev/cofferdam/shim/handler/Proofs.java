package dev.cofferdam.shim.handler;

import dev.cofferdam.sandbox.Backend;
import dev.cofferdam.sandbox.ProbeResult;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * What was proved to work on this node. A variant is probed when it is first asked for; a proof
 * holds while the shim runs, a failure is looked at again after a while. Thread-safe.
 */
public final class Proofs {
  /** What took longer to fail (KVM that hangs) is looked at again while pods go on without it. */
  private static final Duration WAITED_FOR = Duration.ofSeconds(5);

  private final Backends backends;
  private final Duration probeTimeout;
  private final Duration failureHolds;
  private final ConcurrentMap<Subject, Proof> proofs = new ConcurrentHashMap<>();
  private volatile Optional<Boolean> onVirtualMachine = Optional.empty();

  /**
   * @param probeTimeout how long one probe may take
   * @param failureHolds how long a failed probe is believed
   */
  public Proofs(Backends backends, Duration probeTimeout, Duration failureHolds) {
    this.backends = backends;
    this.probeTimeout = probeTimeout;
    this.failureHolds = failureHolds;
  }

  /**
   * The newest result, probing if there is none to believe; callers wait for one probe together.
   * For a probe that took long to fail they wait once: later ones run aside, and until they are
   * done the old result is given.
   */
  public ProbeResult of(String backend, String variant) {
    Backend provider = backends.require(backend);
    return proofs
        .computeIfAbsent(new Subject(backend, variant), key -> new Proof())
        .result(provider, variant);
  }

  /**
   * Takes in what a check of the node found. As with a probe, a failure is believed for a while
   * only, so that what has been mended since is found out by the next pod at the latest.
   */
  public void record(String backend, String variant, ProbeResult result) {
    proofs.computeIfAbsent(new Subject(backend, variant), key -> new Proof()).record(result);
  }

  /** Takes in what is below the node. */
  public void recordGround(boolean virtualMachine) {
    onVirtualMachine = Optional.of(virtualMachine);
  }

  /** What is below the node; empty until it has been checked. */
  public Optional<Boolean> onVirtualMachine() {
    return onVirtualMachine;
  }

  private record Subject(String backend, String variant) {}

  private final class Proof {
    private final ReentrantLock probing = new ReentrantLock();
    private final AtomicBoolean aside = new AtomicBoolean();
    private volatile @Nullable ProbeResult result;
    private volatile long atNanoTime;

    void record(ProbeResult found) {
      atNanoTime = System.nanoTime();
      result = found;
    }

    ProbeResult result(Backend backend, String variant) {
      ProbeResult known = believed();
      if (known != null) {
        return known;
      }
      ProbeResult before = result;
      if (before == null || before.took().compareTo(WAITED_FOR) < 0) {
        return probed(backend, variant);
      }
      if (aside.compareAndSet(false, true)) {
        Thread.ofVirtual().name("probe-" + variant).start(() -> probeAside(backend, variant));
      }
      return before;
    }

    private void probeAside(Backend backend, String variant) {
      try {
        var _ = probed(backend, variant);
      } finally {
        aside.set(false);
      }
    }

    private ProbeResult probed(Backend backend, String variant) {
      probing.lock();
      try {
        ProbeResult known = believed();
        if (known == null) {
          known = probe(backend, variant);
          atNanoTime = System.nanoTime();
          result = known;
        }
        return known;
      } finally {
        probing.unlock();
      }
    }

    private @Nullable ProbeResult believed() {
      ProbeResult known = result;
      boolean holds =
          known != null
              && (known.works() || System.nanoTime() - atNanoTime < failureHolds.toNanos());
      return holds ? known : null;
    }

    private ProbeResult probe(Backend backend, String variant) {
      long start = System.nanoTime();
      try {
        return backend.probe(variant, probeTimeout);
      } catch (RuntimeException e) {
        return new ProbeResult(
            false, String.valueOf(e.getMessage()), "", Duration.ofNanos(System.nanoTime() - start));
      }
    }
  }
}
