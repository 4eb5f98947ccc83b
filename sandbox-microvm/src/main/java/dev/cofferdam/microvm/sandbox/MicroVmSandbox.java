package dev.cofferdam.microvm.sandbox;

import dev.cofferdam.microvm.guest.GuestClient;
import dev.cofferdam.microvm.guest.v1.ContainerState;
import dev.cofferdam.microvm.guest.v1.CreateContainerRequest;
import dev.cofferdam.microvm.guest.v1.GetMemoryRequest;
import dev.cofferdam.microvm.guest.v1.GetMemoryResponse;
import dev.cofferdam.microvm.guest.v1.GetStateRequest;
import dev.cofferdam.microvm.guest.v1.HelloResponse;
import dev.cofferdam.microvm.guest.v1.Phase;
import dev.cofferdam.microvm.guest.v1.Root;
import dev.cofferdam.microvm.guest.v1.ShutdownRequest;
import dev.cofferdam.microvm.monitor.MachineFolder;
import dev.cofferdam.microvm.monitor.RunningMachine;
import dev.cofferdam.microvm.volume.VolumePlan;
import dev.cofferdam.microvm.volume.VolumePlanner;
import dev.cofferdam.sandbox.Container;
import dev.cofferdam.sandbox.ContainerSpec;
import dev.cofferdam.sandbox.Deadline;
import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.RootFilesystem;
import dev.cofferdam.sandbox.Sandbox;
import dev.cofferdam.sandbox.SandboxException;
import dev.cofferdam.sandbox.SandboxSpec;
import dev.cofferdam.sandbox.Usage;
import dev.cofferdam.sandbox.Wall;
import java.nio.channels.ByteChannel;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/** A guest that runs, and what can be asked of it. */
public final class MicroVmSandbox implements Sandbox {

  /** Time for the guest to write back what it holds of volumes; what is its own goes with it. */
  private static final Duration SHUTDOWN_TIMEOUT = Duration.ofSeconds(2);

  private static final Duration UNDO_TIMEOUT = Duration.ofSeconds(10);

  private final SandboxSpec spec;
  private final Parts parts;
  private final MachineFolder folder;
  private final RunningMachine machine;
  private final GuestClient guest;
  private final SandboxEnd end;
  private final ImageSlots slots;
  private final GuestVolumes volumes;
  private final Map<String, MicroVmContainer> containers = new ConcurrentHashMap<>();

  MicroVmSandbox(SandboxSpec spec, Parts parts, MachineFolder folder, RunningMachine machine) {
    this.spec = spec;
    this.parts = parts;
    this.folder = folder;
    this.machine = machine;
    this.guest = new GuestClient(parts.loop(), machine.vsock(), machine::isRunning);
    this.end = new SandboxEnd(spec.id(), machine, folder);
    this.slots =
        new ImageSlots(
            spec.id(),
            machine,
            guest,
            parts.cache(),
            parts.monitor().slots(),
            folder.runtime().resolve("slots.json"));
    Watch watch = new Watch(machine, end, guest);
    watch.begin();
    this.volumes =
        new GuestVolumes(
            spec, parts.fileService(), folder, SandboxStart.user(spec.id()), guest, watch::also);
    volumes.takeUp(() -> watch.lost("the file service"));
  }

  GuestClient guest() {
    return guest;
  }

  @Override
  public String id() {
    return spec.id();
  }

  @Override
  public long pid() {
    return machine.pid();
  }

  @Override
  public String awaitEnd() throws InterruptedException {
    return end.await();
  }

  @Override
  public Wall wall(Deadline deadline) {
    HelloResponse hello = GuestSetup.hello(guest, deadline);
    String version = machine.ask(deadline);
    return new Wall(
        parts.monitor().name() + " microVM",
        parts.variant(),
        version,
        GuestSetup.kernelOf(hello),
        machine.pid());
  }

  /** The guest kernel's ID of this boot, which no two kernels have in common. */
  public String bootId(Deadline deadline) {
    return GuestSetup.bootIdOf(GuestSetup.hello(guest, deadline));
  }

  @Override
  public Container createContainer(ContainerSpec container, Deadline deadline) {
    end.requireRunning();
    if (!(container.rootFilesystem() instanceof RootFilesystem.Image image)) {
      throw new SandboxException(
          ErrorCode.UNSUPPORTED,
          "a microVM's container needs an image as its root file system, not the folder "
              + container.rootFilesystem().path());
    }
    VolumePlan plan = VolumePlanner.plan(container.mounts());
    try {
      String name = slots.use(container.id(), image, deadline);
      volumes.provide(container.id(), plan, deadline);
      CreateContainerRequest request =
          GuestContainers.request(container, Root.newBuilder().setImageId(name).build(), plan);
      var _ =
          guest.call(
              "creating container " + container.id(),
              deadline,
              stub -> stub.createContainer(request));
    } catch (RuntimeException e) {
      slots.release(container.id());
      releaseVolumes(container.id(), e);
      throw e;
    }
    return containers.computeIfAbsent(container.id(), id -> open(container));
  }

  private void releaseVolumes(String containerId, RuntimeException failure) {
    try {
      volumes.release(containerId, end.isRunning(), Deadline.after(UNDO_TIMEOUT));
    } catch (RuntimeException e) {
      failure.addSuppressed(e); // they go with the sandbox
    }
  }

  @Override
  public Optional<Container> findContainer(ContainerSpec container, Deadline deadline) {
    if (!end.isRunning()) {
      return Optional.ofNullable(containers.get(container.id()));
    }
    Optional<ContainerState> state =
        guest
            .call(
                "asking for the containers of sandbox " + spec.id(),
                deadline,
                stub -> stub.getState(GetStateRequest.getDefaultInstance()))
            .getContainersList()
            .stream()
            .filter(each -> each.getId().equals(container.id()))
            .findFirst();
    if (state.isEmpty()) {
      return Optional.empty();
    }
    MicroVmContainer found = containers.computeIfAbsent(container.id(), id -> open(container));
    if (state.get().getPhase() != Phase.PHASE_CREATED) {
      found.begin();
    }
    return Optional.of(found);
  }

  private MicroVmContainer open(ContainerSpec container) {
    return new MicroVmContainer(
        container,
        GuestSize.of(spec.resources(), parts.defaultMemoryBytes(), parts.defaultCpus()),
        guest,
        end,
        deadline -> {
          slots.release(container.id());
          volumes.release(container.id(), end.isRunning(), deadline);
          containers.remove(container.id());
        });
  }

  @Override
  public Usage usage(Deadline deadline) {
    GetMemoryResponse memory =
        guest.call(
            "measuring sandbox " + spec.id(),
            deadline,
            stub -> stub.getMemory(GetMemoryRequest.getDefaultInstance()));
    long used = Math.max(0, memory.getTotalBytes() - memory.getAvailableBytes());
    long withCache = Math.max(0, memory.getTotalBytes() - memory.getFreeBytes());
    return new Usage(Instant.now(), memory.getCpuNanos(), used, withCache, used, 0);
  }

  @Override
  public ByteChannel connect(int port, Deadline deadline) {
    end.requireRunning();
    return PortConnection.open(machine.vsock(), port, deadline);
  }

  @Override
  public void stop(Deadline deadline) {
    end.stopping();
    if (machine.isRunning()) {
      try {
        var _ =
            guest.call(
                "shutting down the guest of sandbox " + spec.id(),
                deadline.atMost(SHUTDOWN_TIMEOUT),
                stub -> stub.shutdown(ShutdownRequest.getDefaultInstance()));
      } catch (SandboxException e) {
        // It is ended all the same.
      }
    }
    machine.stop(deadline);
    guest.close();
  }

  @Override
  public void delete(Deadline deadline) {
    end.stopping();
    new SandboxRemoval(parts, spec, folder).run(deadline);
    guest.close();
  }
}
