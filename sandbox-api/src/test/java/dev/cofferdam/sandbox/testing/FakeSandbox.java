package dev.cofferdam.sandbox.testing;

import dev.cofferdam.sandbox.Container;
import dev.cofferdam.sandbox.ContainerSpec;
import dev.cofferdam.sandbox.Deadline;
import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.Sandbox;
import dev.cofferdam.sandbox.SandboxException;
import dev.cofferdam.sandbox.Usage;
import dev.cofferdam.sandbox.Wall;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.ByteChannel;
import java.nio.channels.SocketChannel;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/** A process that does nothing, and the containers that end when it does. */
final class FakeSandbox implements Sandbox {
  private final FakeBackend backend;
  private final String id;
  private final Map<String, FakeSandbox> all;
  private final Process wall;
  private final Map<String, FakeContainer> containers = new ConcurrentHashMap<>();
  private volatile boolean stopping;

  FakeSandbox(FakeBackend backend, String id, Map<String, FakeSandbox> all) {
    this.backend = backend;
    this.id = id;
    this.all = all;
    this.wall = HostProcess.start(List.of("/bin/sleep", "86400"), List.of());
    HostProcess.onEnd(wall, () -> containers.values().forEach(FakeContainer::end));
  }

  boolean isRunning() {
    return wall.isAlive();
  }

  /** Ends all processes, and waits for it. */
  void end() {
    stopping = true;
    wall.destroyForcibly();
    HostProcess.awaitEnd(wall);
    containers.values().forEach(FakeContainer::end);
  }

  @Override
  public String id() {
    return id;
  }

  @Override
  public long pid() {
    return wall.pid();
  }

  @Override
  public String awaitEnd() throws InterruptedException {
    int code = wall.waitFor();
    return stopping ? "" : "the fake's process ended with " + code;
  }

  @Override
  public Wall wall(Deadline deadline) {
    backend.failIfAsked("wall");
    return new Wall("none", FakeBackend.VARIANT, "1", "", pid());
  }

  @Override
  public Container createContainer(ContainerSpec spec, Deadline deadline) {
    backend.failIfAsked("createContainer");
    if (!isRunning()) {
      throw new SandboxException(ErrorCode.WRONG_STATE, "sandbox " + id + " no longer runs");
    }
    return containers.computeIfAbsent(
        spec.id(), key -> new FakeContainer(backend, spec, () -> containers.remove(spec.id())));
  }

  @Override
  public Optional<Container> findContainer(ContainerSpec spec, Deadline deadline) {
    return Optional.ofNullable(containers.get(spec.id()));
  }

  @Override
  public Usage usage(Deadline deadline) {
    List<Usage> each = containers.values().stream().map(c -> c.usage(deadline)).toList();
    return new Usage(
        Instant.now(),
        each.stream().mapToLong(Usage::cpuNanos).sum(),
        each.stream().mapToLong(Usage::memoryBytes).sum(),
        each.stream().mapToLong(Usage::pids).sum());
  }

  @Override
  public ByteChannel connect(int port, Deadline deadline) {
    try {
      return SocketChannel.open(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
    } catch (IOException e) {
      throw new SandboxException(ErrorCode.UNAVAILABLE, "nothing listens on port " + port, e);
    }
  }

  @Override
  public void stop(Deadline deadline) {
    backend.failIfAsked("stop");
    end();
  }

  @Override
  public void delete(Deadline deadline) {
    backend.failIfAsked("delete");
    end();
    all.remove(id, this);
  }
}
