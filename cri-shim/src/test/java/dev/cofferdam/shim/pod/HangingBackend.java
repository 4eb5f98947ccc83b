package dev.cofferdam.shim.pod;

import dev.cofferdam.sandbox.Backend;
import dev.cofferdam.sandbox.Capabilities;
import dev.cofferdam.sandbox.Deadline;
import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.ProbeResult;
import dev.cofferdam.sandbox.Sandbox;
import dev.cofferdam.sandbox.SandboxException;
import dev.cofferdam.sandbox.SandboxSpec;
import dev.cofferdam.sandbox.testing.FakeBackend;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;

/** A backend whose {@link #create} does not return before it is let go on. */
final class HangingBackend implements Backend {
  private final FakeBackend real;
  final CountDownLatch entered = new CountDownLatch(1);
  final CountDownLatch goOn = new CountDownLatch(1);

  HangingBackend(FakeBackend real) {
    this.real = real;
  }

  @Override
  public String name() {
    return real.name();
  }

  @Override
  public List<String> variants() {
    return real.variants();
  }

  @Override
  public Capabilities capabilities(String variant) {
    return real.capabilities(variant);
  }

  @Override
  public ProbeResult probe(String variant, Duration timeout) {
    return real.probe(variant, timeout);
  }

  @Override
  public Sandbox create(SandboxSpec spec, Deadline deadline) {
    entered.countDown();
    try {
      goOn.await();
    } catch (InterruptedException e) {
      throw new SandboxException(ErrorCode.UNAVAILABLE, "interrupted", e);
    }
    return real.create(spec, deadline);
  }

  @Override
  public Optional<Sandbox> find(SandboxSpec spec, Deadline deadline) {
    return real.find(spec, deadline);
  }

  @Override
  public void purge(SandboxSpec spec, Deadline deadline) {
    real.purge(spec, deadline);
  }
}
