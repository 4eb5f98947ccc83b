package dev.cofferdam.microvm.firecracker;

import com.fasterxml.jackson.databind.JsonNode;
import dev.cofferdam.sandbox.Deadline;
import java.nio.file.Path;

/** What Firecracker takes once its machine runs. */
final class RunningApi extends FirecrackerApi {

  RunningApi(Path socket) {
    super(socket);
  }

  void flushMetrics(Deadline deadline) {
    put("/actions", new Body.InstanceActionInfo("FlushMetrics"), deadline);
  }

  void sendCtrlAltDel(Deadline deadline) {
    put("/actions", new Body.InstanceActionInfo("SendCtrlAltDel"), deadline);
  }

  void pause(Deadline deadline) {
    patch("/vm", new Body.Vm("Paused"), deadline);
  }

  void resume(Deadline deadline) {
    patch("/vm", new Body.Vm("Resumed"), deadline);
  }

  void patchDrive(Body.PartialDrive drive, Deadline deadline) {
    patch("/drives/" + drive.driveId(), drive, deadline);
  }

  /** With PCI only: a new drive while the machine runs. */
  void putDrive(Body.Drive drive, Deadline deadline) {
    put("/drives/" + drive.driveId(), drive, deadline);
  }

  /** With PCI only; not in the API's description, but there. */
  void deleteDrive(String driveId, Deadline deadline) {
    delete("/drives/" + driveId, deadline);
  }

  void patchPmem(Body.PartialPmem pmem, Deadline deadline) {
    patch("/pmem/" + pmem.id(), pmem, deadline);
  }

  /** As {@link #deleteDrive}. */
  void deletePmem(String id, Deadline deadline) {
    delete("/pmem/" + id, deadline);
  }

  void patchNetworkInterface(Body.PartialNetworkInterface network, Deadline deadline) {
    patch("/network-interfaces/" + network.ifaceId(), network, deadline);
  }

  /** As {@link #deleteDrive}. */
  void deleteNetworkInterface(String id, Deadline deadline) {
    delete("/network-interfaces/" + id, deadline);
  }

  /** WRONG_STATE until the guest has taken the balloon in use. */
  void patchBalloon(Body.BalloonUpdate balloon, Deadline deadline) {
    patch("/balloon", balloon, deadline);
  }

  JsonNode balloonStatistics(Deadline deadline) {
    return get("/balloon/statistics", deadline);
  }

  void patchBalloonStatistics(Body.BalloonStatsUpdate statistics, Deadline deadline) {
    patch("/balloon/statistics", statistics, deadline);
  }

  void startHinting(Body.BalloonStartCmd command, Deadline deadline) {
    patch("/balloon/hinting/start", command, deadline);
  }

  JsonNode hintingStatus(Deadline deadline) {
    return get("/balloon/hinting/status", deadline);
  }

  void stopHinting(Deadline deadline) {
    patch("/balloon/hinting/stop", null, deadline);
  }

  JsonNode memoryHotplug(Deadline deadline) {
    return get("/hotplug/memory", deadline);
  }

  void patchMemoryHotplug(Body.MemoryHotplugSizeUpdate memory, Deadline deadline) {
    patch("/hotplug/memory", memory, deadline);
  }

  void createSnapshot(Body.SnapshotCreateParams snapshot, Deadline deadline) {
    put("/snapshot/create", snapshot, deadline);
  }
}
