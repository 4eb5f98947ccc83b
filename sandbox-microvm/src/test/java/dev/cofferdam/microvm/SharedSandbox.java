package dev.cofferdam.microvm;

import dev.cofferdam.sandbox.Backend;
import dev.cofferdam.sandbox.Container;
import dev.cofferdam.sandbox.ContainerSpec;
import dev.cofferdam.sandbox.Deadline;
import dev.cofferdam.sandbox.Sandbox;
import dev.cofferdam.sandbox.SandboxSpec;
import dev.cofferdam.sandbox.Usage;
import dev.cofferdam.sandbox.Wall;
import dev.cofferdam.sandbox.testing.Patience;
import java.nio.channels.ByteChannel;
import java.time.Duration;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/** A sandbox that several tests use, one after the other; what a test leaves in it is removed. */
final class SharedSandbox implements Sandbox {
  private final Backend backend;
  private final SandboxSpec spec;
  private final Sandbox sandbox;
  private final Queue<Container> containers = new ConcurrentLinkedQueue<>();

  SharedSandbox(Backend backend, SandboxSpec spec) {
    this.backend = backend;
    this.spec = spec;
    this.sandbox = backend.create(spec, soon());
  }

  private static Deadline soon() {
    return Deadline.after(Patience.of(Duration.ofMinutes(2)));
  }

  /** After each test. */
  void removeContainers() {
    for (Container each = containers.poll(); each != null; each = containers.poll()) {
      each.kill(soon());
      each.delete(soon());
    }
  }

  /** After the last test. */
  SandboxSpec end() {
    sandbox.stop(soon());
    sandbox.delete(soon());
    backend.purge(spec, soon());
    return spec;
  }

  @Override
  public Container createContainer(ContainerSpec container, Deadline deadline) {
    Container made = sandbox.createContainer(container, deadline);
    containers.add(made);
    return made;
  }

  @Override
  public String id() {
    return sandbox.id();
  }

  @Override
  public long pid() {
    return sandbox.pid();
  }

  @Override
  public String awaitEnd() throws InterruptedException {
    return sandbox.awaitEnd();
  }

  @Override
  public Optional<Container> findContainer(ContainerSpec container, Deadline deadline) {
    return sandbox.findContainer(container, deadline);
  }

  @Override
  public Wall wall(Deadline deadline) {
    return sandbox.wall(deadline);
  }

  @Override
  public Usage usage(Deadline deadline) {
    return sandbox.usage(deadline);
  }

  @Override
  public ByteChannel connect(int port, Deadline deadline) {
    return sandbox.connect(port, deadline);
  }

  @Override
  public void stop(Deadline deadline) {
    throw new AssertionError("other tests need this sandbox: take a new one");
  }

  @Override
  public void delete(Deadline deadline) {
    stop(deadline);
  }
}
