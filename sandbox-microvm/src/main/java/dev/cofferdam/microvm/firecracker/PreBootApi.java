package dev.cofferdam.microvm.firecracker;

import dev.cofferdam.sandbox.Deadline;
import java.nio.file.Path;

/** What Firecracker takes before its machine runs. {@link #start} is the only way to the rest. */
final class PreBootApi extends FirecrackerApi {

  PreBootApi(Path socket) {
    super(socket);
  }

  void putLogger(Body.Logger logger, Deadline deadline) {
    put("/logger", logger, deadline);
  }

  void putMetrics(Body.Metrics metrics, Deadline deadline) {
    put("/metrics", metrics, deadline);
  }

  void putMachineConfig(Body.MachineConfiguration machine, Deadline deadline) {
    put("/machine-config", machine, deadline);
  }

  void patchMachineConfig(Body.MachineConfiguration machine, Deadline deadline) {
    patch("/machine-config", machine, deadline);
  }

  void putBootSource(Body.BootSource source, Deadline deadline) {
    put("/boot-source", source, deadline);
  }

  void putCpuConfig(Body.CpuConfig cpu, Deadline deadline) {
    put("/cpu-config", cpu, deadline);
  }

  void putDrive(Body.Drive drive, Deadline deadline) {
    put("/drives/" + drive.driveId(), drive, deadline);
  }

  void putPmem(Body.Pmem pmem, Deadline deadline) {
    put("/pmem/" + pmem.id(), pmem, deadline);
  }

  void putNetworkInterface(Body.NetworkInterface network, Deadline deadline) {
    put("/network-interfaces/" + network.ifaceId(), network, deadline);
  }

  void putVsock(Body.Vsock vsock, Deadline deadline) {
    put("/vsock", vsock, deadline);
  }

  void putBalloon(Body.Balloon balloon, Deadline deadline) {
    put("/balloon", balloon, deadline);
  }

  void putEntropy(Body.EntropyDevice entropy, Deadline deadline) {
    put("/entropy", entropy, deadline);
  }

  void putSerial(Body.SerialDevice serial, Deadline deadline) {
    put("/serial", serial, deadline);
  }

  void putMemoryHotplug(Body.MemoryHotplugConfig memory, Deadline deadline) {
    put("/hotplug/memory", memory, deadline);
  }

  void putMetadataConfig(Body.MmdsConfig config, Deadline deadline) {
    put("/mmds/config", config, deadline);
  }

  /** Starts the machine. */
  RunningApi start(Deadline deadline) {
    put("/actions", new Body.InstanceActionInfo("InstanceStart"), deadline);
    return new RunningApi(socket());
  }

  /** Brings a saved machine back, instead of {@link #start}. */
  RunningApi load(Body.SnapshotLoadParams snapshot, Deadline deadline) {
    put("/snapshot/load", snapshot, deadline);
    return new RunningApi(socket());
  }
}
