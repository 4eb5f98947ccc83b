package dev.cofferdam.gvisor;

import dev.cofferdam.sandbox.Container;
import dev.cofferdam.sandbox.ContainerSpec;
import dev.cofferdam.sandbox.Deadline;
import dev.cofferdam.sandbox.Sandbox;
import dev.cofferdam.sandbox.SandboxSpec;
import dev.cofferdam.sandbox.Usage;
import dev.cofferdam.sandbox.Wall;
import java.nio.channels.ByteChannel;
import java.nio.file.Files;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/** A sentry that runs, and what can be asked of it. */
final class GvisorSandbox implements Sandbox {
  private final SandboxSpec spec;
  private final SandboxFiles files;
  private final Runsc runsc;
  private final long pid;
  private final Control control;
  private final SandboxEnd end;
  private final MemoryWatch memory;
  private final CpuWatch cpu;
  private final long pids;
  private final Map<String, GvisorContainer> containers = new ConcurrentHashMap<>();

  GvisorSandbox(
      SandboxSpec spec,
      SandboxFiles files,
      Runsc runsc,
      Control control,
      long pid,
      long pids,
      BrakeGuard guard) {
    this.spec = spec;
    this.files = files;
    this.runsc = runsc;
    this.pid = pid;
    this.control = control;
    this.end = new SandboxEnd(spec, files, pid);
    this.memory =
        new MemoryWatch(
            spec.id(),
            spec.cgroup().map(path -> new PodCgroup(path).memoryFolder()),
            control,
            files.layout(),
            guard);
    this.cpu =
        new CpuWatch(
            spec.cgroup()
                .filter(_ -> spec.variant().equals(GvisorBackend.SYSTRAP))
                .map(PodCgroup::new),
            pid,
            files.layout().cpuCgroups());
    this.pids = pids;
  }

  @Override
  public String id() {
    return spec.id();
  }

  @Override
  public long pid() {
    return pid;
  }

  @Override
  public String awaitEnd() throws InterruptedException {
    return end.await();
  }

  @Override
  public Wall wall(Deadline deadline) {
    return new RunningWall(pid, files.processes(), control).ask(deadline);
  }

  @Override
  public Container createContainer(ContainerSpec container, Deadline deadline) {
    end.requireRunning();
    OciSpec.write(Layout.bundle(container), OciSpec.container(spec, container));
    GvisorContainer made = containers.computeIfAbsent(container.id(), id -> open(container));
    made.prepare();
    return made;
  }

  @Override
  public Optional<Container> findContainer(ContainerSpec container, Deadline deadline) {
    if (!Files.exists(Layout.bundle(container).resolve("config.json"))) {
      return Optional.empty();
    }
    return Optional.of(containers.computeIfAbsent(container.id(), id -> open(container)));
  }

  private GvisorContainer open(ContainerSpec container) {
    ContainerLimits limits =
        new ContainerLimits(
            container,
            control,
            files.layout(),
            memory,
            cpu,
            next -> ContainerCgroup.pids(next, hostPids(), pids));
    return new GvisorContainer(
        container, runsc, control, end, limits, () -> containers.remove(container.id()));
  }

  private long hostPids() {
    return spec.cgroup().map(path -> new PodCgroup(path).pids()).orElse(PodCgroup.UNLIMITED);
  }

  @Override
  public Usage usage(Deadline deadline) {
    return control.sandboxUsage(deadline);
  }

  @Override
  public ByteChannel connect(int port, Deadline deadline) {
    return new PortConnection(control, files.layout(), runsc.hostNetwork()).open(port, deadline);
  }

  @Override
  public void stop(Deadline deadline) {
    end.stopping();
    files.endProcesses(deadline);
  }

  @Override
  public void delete(Deadline deadline) {
    end.stopping();
    files.purge(deadline);
  }
}
