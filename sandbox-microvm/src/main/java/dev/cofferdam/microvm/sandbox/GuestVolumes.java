package dev.cofferdam.microvm.sandbox;

import com.google.protobuf.ByteString;
import dev.cofferdam.microvm.guest.GuestClient;
import dev.cofferdam.microvm.guest.v1.AddVolumeRequest;
import dev.cofferdam.microvm.guest.v1.HostFiles;
import dev.cofferdam.microvm.guest.v1.MemoryVolume;
import dev.cofferdam.microvm.guest.v1.RemoveVolumeRequest;
import dev.cofferdam.microvm.monitor.Launch;
import dev.cofferdam.microvm.monitor.MachineFolder;
import dev.cofferdam.microvm.monitor.MachineProcesses;
import dev.cofferdam.microvm.volume.FileService;
import dev.cofferdam.microvm.volume.GuestVolume;
import dev.cofferdam.microvm.volume.SandboxVolumes;
import dev.cofferdam.microvm.volume.VolumeMount;
import dev.cofferdam.microvm.volume.VolumePlan;
import dev.cofferdam.sandbox.Deadline;
import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.SandboxException;
import dev.cofferdam.sandbox.SandboxSpec;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongConsumer;

/**
 * The volumes of a sandbox: which container needs which, on disk before the act; and the process
 * that serves the host's files to the guest, started when the first is needed. Thread-safe.
 */
final class GuestVolumes {

  /**
   * What is on disk.
   *
   * @param containers IDs of the volumes that each container needs
   */
  record State(int format, Map<String, Set<String>> containers) {}

  private static final int FORMAT = 1;

  private final SandboxSpec spec;
  private final Path program;
  private final MachineFolder folder;
  private final int user;
  private final GuestClient guest;
  private final LongConsumer watch;
  private final FileService service;
  private final SandboxVolumes served;
  private final StateFile<State> file;
  private final Map<String, Set<String>> containers;
  private final ReentrantLock lock = new ReentrantLock();

  /**
   * @param program the file service
   * @param user of the monitor, who connects to it for the guest
   * @param watch is told the service's process
   */
  GuestVolumes(
      SandboxSpec spec,
      Path program,
      MachineFolder folder,
      int user,
      GuestClient guest,
      LongConsumer watch) {
    this.spec = spec;
    this.program = program;
    this.folder = folder;
    this.user = user;
    this.guest = guest;
    this.watch = watch;
    this.service = new FileService(folder.runtime().resolve("files.sock"));
    this.served = new SandboxVolumes(service, folder.runtime());
    this.file = new StateFile<>(folder.runtime().resolve("volumes.json"), State.class);
    this.containers = new TreeMap<>(file.read().map(State::containers).orElse(Map.of()));
  }

  /** Sees to it that the guest has all volumes of a container. May be repeated. */
  void provide(String containerId, VolumePlan plan, Deadline deadline) {
    if (plan.mounts().isEmpty()) {
      return;
    }
    lock.lock();
    try {
      containers.put(containerId, plan.volumes());
      save();
      if (!plan.served().isEmpty()) {
        startService(deadline);
        served.provide(plan, deadline);
      }
      Set<String> added = new TreeSet<>();
      for (VolumeMount mount : plan.mounts()) {
        if (added.add(mount.volume().id())) {
          add(mount.volume(), deadline);
        }
      }
    } finally {
      lock.unlock();
    }
  }

  private void startService(Deadline deadline) {
    if (Files.exists(service.control())) {
      return; // it runs, or the sandbox ends with it
    }
    if (!Files.isExecutable(program)) {
      throw new SandboxException(
          ErrorCode.PROGRAM_MISSING,
          "volumes need "
              + program
              + ", which is not there: install it, or name its path in the setting"
              + " backend.microvm.files");
    }
    Launch launch = new Launch(spec.cgroup(), Optional.empty(), folder.log());
    Process process =
        launch.start(FileService.command(program, folder.vsock(), user, service.control()));
    service.awaitReady(process.toHandle(), deadline);
    watch.accept(process.pid());
  }

  /**
   * Takes up what an earlier process of the shim started.
   *
   * @param lost is called if it has ended since
   */
  void takeUp(Runnable lost) {
    if (!Files.exists(service.control())) {
      return;
    }
    List<Long> running = new MachineProcesses(folder).withArgument(service.control().toString());
    running.forEach(watch::accept);
    if (running.isEmpty()) {
      lost.run();
    }
  }

  private void add(GuestVolume volume, Deadline deadline) {
    AddVolumeRequest.Builder request = AddVolumeRequest.newBuilder().setVolumeId(volume.id());
    switch (volume) {
      case GuestVolume.HostFiles files ->
          request.setHostFiles(
              HostFiles.newBuilder()
                  .setVsockPort(GuestVolume.HostFiles.VSOCK_PORT)
                  .setGreeting(ByteString.copyFrom(files.greeting()))
                  .setReadOnly(files.readOnly()));
      case GuestVolume.Memory memory ->
          request.setMemory(
              MemoryVolume.newBuilder()
                  .setSizeBytes(memory.sizeBytes())
                  .setMode(memory.mode())
                  .setUid(memory.uid())
                  .setGid(memory.gid()));
    }
    var _ =
        guest.call(
            "adding volume " + volume.id(), deadline, stub -> stub.addVolume(request.build()));
  }

  /** The container needs its volumes no longer. */
  void release(String containerId, boolean running, Deadline deadline) {
    lock.lock();
    try {
      Set<String> before = containers.remove(containerId);
      if (before == null) {
        return;
      }
      save();
      if (!running) {
        return;
      }
      Set<String> needed = new TreeSet<>();
      containers.values().forEach(needed::addAll);
      for (String id : before) {
        if (!needed.contains(id)) {
          remove(id, deadline);
        }
      }
      if (Files.exists(service.control())) {
        served.retain(needed, deadline);
      }
    } finally {
      lock.unlock();
    }
  }

  private void remove(String id, Deadline deadline) {
    try {
      var _ =
          guest.call(
              "removing volume " + id,
              deadline,
              stub -> stub.removeVolume(RemoveVolumeRequest.newBuilder().setVolumeId(id).build()));
    } catch (SandboxException e) {
      if (e.code() != ErrorCode.WRONG_STATE) { // else: still in use
        throw e;
      }
    }
  }

  private void save() {
    file.write(new State(FORMAT, containers));
  }
}
