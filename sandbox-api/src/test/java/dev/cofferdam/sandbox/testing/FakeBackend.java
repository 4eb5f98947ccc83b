package dev.cofferdam.sandbox.testing;

import dev.cofferdam.sandbox.Backend;
import dev.cofferdam.sandbox.Capabilities;
import dev.cofferdam.sandbox.Capabilities.Feature;
import dev.cofferdam.sandbox.Deadline;
import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.ProbeResult;
import dev.cofferdam.sandbox.Sandbox;
import dev.cofferdam.sandbox.SandboxException;
import dev.cofferdam.sandbox.SandboxSpec;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A backend without a wall: containers are plain processes of this machine, which see its files and
 * its network (root file system, mounts and user are ignored). It passes the contract, but for
 * terminals. For tests of what uses the SPI: what runs survives {@link #restarted}, as a real
 * sandbox survives the shim, and calls can be made to fail.
 */
public final class FakeBackend implements Backend {
  public static final String NAME = "fake";
  public static final String VARIANT = "plain";

  private final Map<String, FakeSandbox> sandboxes;
  private final Map<String, SandboxException> failures = new ConcurrentHashMap<>();

  public FakeBackend() {
    this(new ConcurrentHashMap<>());
  }

  private FakeBackend(Map<String, FakeSandbox> sandboxes) {
    this.sandboxes = sandboxes;
  }

  /** The same node as the shim's next process would find it. */
  public FakeBackend restarted() {
    return new FakeBackend(sandboxes);
  }

  /**
   * Makes the next call of an operation fail, once.
   *
   * @param operation {@code create}, {@code find}, {@code purge}, {@code createContainer}, {@code
   *     start}, {@code exec}, {@code wall}, {@code stop} or {@code delete}
   */
  public void failNext(String operation, SandboxException failure) {
    failures.put(operation, failure);
  }

  void failIfAsked(String operation) {
    SandboxException failure = failures.remove(operation);
    if (failure != null) {
      throw failure;
    }
  }

  /** IDs of the sandboxes that have not been deleted. */
  public List<String> sandboxIds() {
    return List.copyOf(sandboxes.keySet());
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public List<String> variants() {
    return List.of(VARIANT);
  }

  @Override
  public Capabilities capabilities(String variant) {
    return Capabilities.of(
        Feature.HOST_NETWORK, Feature.SHARED_PROCESS_NAMESPACE, Feature.LIVE_VOLUMES);
  }

  @Override
  public ProbeResult probe(String variant, Duration timeout) {
    return new ProbeResult(true, "a fake, which proves nothing", "1", Duration.ZERO);
  }

  @Override
  public Sandbox create(SandboxSpec spec, Deadline deadline) {
    failIfAsked("create");
    if (!spec.variant().equals(VARIANT)) {
      throw new SandboxException(
          ErrorCode.INVALID_ARGUMENT, "the fake has no variant `" + spec.variant() + "`");
    }
    FakeSandbox sandbox = new FakeSandbox(this, spec.id(), sandboxes);
    if (deadline.remaining().compareTo(Duration.ofMillis(5)) < 0) {
      sandbox.end();
      throw new SandboxException(ErrorCode.DEADLINE_EXCEEDED, "starting the fake sandbox");
    }
    sandboxes.put(spec.id(), sandbox);
    return sandbox;
  }

  @Override
  public Optional<Sandbox> find(SandboxSpec spec, Deadline deadline) {
    failIfAsked("find");
    return Optional.<Sandbox>ofNullable(sandboxes.get(spec.id()))
        .filter(sandbox -> ((FakeSandbox) sandbox).isRunning());
  }

  @Override
  public void purge(SandboxSpec spec, Deadline deadline) {
    failIfAsked("purge");
    FakeSandbox sandbox = sandboxes.remove(spec.id());
    if (sandbox != null) {
      sandbox.end();
    }
  }
}
