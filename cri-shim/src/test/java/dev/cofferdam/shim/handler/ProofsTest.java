package dev.cofferdam.shim.handler;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.cofferdam.sandbox.Backend;
import dev.cofferdam.sandbox.Capabilities;
import dev.cofferdam.sandbox.Deadline;
import dev.cofferdam.sandbox.ProbeResult;
import dev.cofferdam.sandbox.Sandbox;
import dev.cofferdam.sandbox.SandboxSpec;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

class ProofsTest {
  /** Its probes end when they are let, and fail as slowly as it says. */
  private static final class SlowBackend implements Backend {
    final Semaphore mayEnd = new Semaphore(0);
    final AtomicInteger begun = new AtomicInteger();
    volatile boolean works;
    private final Duration took;

    SlowBackend(Duration took) {
      this.took = took;
    }

    @Override
    public String name() {
      return "microvm";
    }

    @Override
    public List<String> variants() {
      return List.of("qemu");
    }

    @Override
    public Capabilities capabilities(String variant) {
      return Capabilities.of();
    }

    @Override
    public ProbeResult probe(String variant, Duration timeout) {
      begun.incrementAndGet();
      mayEnd.acquireUninterruptibly();
      return new ProbeResult(works, works ? "it ran" : "it hangs", "1", took);
    }

    @Override
    public Sandbox create(SandboxSpec spec, Deadline deadline) {
      throw new AssertionError("nothing is to be made");
    }

    @Override
    public Optional<Sandbox> find(SandboxSpec spec, Deadline deadline) {
      return Optional.empty();
    }

    @Override
    public void purge(SandboxSpec spec, Deadline deadline) {}
  }

  private static Proofs proofs(SlowBackend backend) {
    return new Proofs(new Backends(List.of(backend)), Duration.ofMinutes(1), Duration.ofNanos(1));
  }

  @Test
  void of_whereTheLastProbeTookLongToFail_answersAtOnceAndLooksAgainAside() {
    SlowBackend backend = new SlowBackend(Duration.ofMinutes(1));
    Proofs proofs = proofs(backend);
    backend.mayEnd.release();
    assertFalse(proofs.of("microvm", "qemu").works());

    backend.works = true;
    // The second probe may not end yet: whoever waited for it would wait for ever.
    assertEquals("it hangs", proofs.of("microvm", "qemu").detail());
    assertEquals("it hangs", proofs.of("microvm", "qemu").detail());
    backend.mayEnd.release();
    Awaitility.await().until(() -> proofs.of("microvm", "qemu").works());
    assertEquals(2, backend.begun.get());
  }

  @Test
  void of_whereTheLastProbeFailedQuickly_waitsForTheNextOne() {
    SlowBackend backend = new SlowBackend(Duration.ofMillis(3));
    Proofs proofs = proofs(backend);
    backend.mayEnd.release(2);
    assertFalse(proofs.of("microvm", "qemu").works());
    backend.works = true;
    assertEquals("it ran", proofs.of("microvm", "qemu").detail());
  }
}
