package dev.cofferdam.microvm.qemu;

import com.fasterxml.jackson.databind.JsonNode;
import dev.cofferdam.linux.Fd;
import dev.cofferdam.microvm.Failures;
import dev.cofferdam.microvm.monitor.MachineFolder;
import dev.cofferdam.microvm.monitor.MachineProcesses;
import dev.cofferdam.microvm.monitor.RunningMachine;
import dev.cofferdam.microvm.monitor.Slots;
import dev.cofferdam.sandbox.Deadline;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.locks.ReentrantLock;

/** A machine that QEMU runs. */
final class QemuMachine implements RunningMachine {
  private static final int SHORT = 8;

  private final MachineFolder folder;
  private final Path placeholders;
  private final long pid;
  private final MachineProcesses processes;

  /** QEMU listens to one client at a time. */
  private final ReentrantLock talking = new ReentrantLock();

  QemuMachine(MachineFolder folder, Path placeholders, long pid) {
    this.folder = folder;
    this.placeholders = placeholders;
    this.pid = pid;
    this.processes = new MachineProcesses(folder);
  }

  @Override
  public long pid() {
    return pid;
  }

  @Override
  public List<Long> companions() {
    return processes.withArgument(QemuMonitor.group(folder));
  }

  @Override
  public boolean needsCompanion() {
    return true; // the vsock device
  }

  @Override
  public boolean isRunning() {
    return processes.owns(pid);
  }

  @Override
  public Path vsock() {
    return folder.vsock();
  }

  @Override
  public void attach(int slot, Path image, Deadline deadline) {
    // By descriptor: QEMU runs as a user who may open none of the node's files.
    try (Fd file = Fd.open(image, Fd.O_RDONLY, 0)) {
      talk(deadline, qmp -> reopen(qmp, slot, file));
    } catch (IOException e) {
      throw Failures.io("opening image " + image, e);
    }
  }

  /** A file's node is made and then put below the drive's: QEMU changes no file of a node. */
  private static void reopen(QmpClient qmp, int slot, Fd file) {
    String drive = QemuCommand.slot(slot);
    String prefix = drive + "-";
    String node = prefix + UUID.randomUUID().toString().substring(0, SHORT);
    int set =
        qmp.execute("add-fd", Map.of("opaque", "image"), List.of(file)).path("fdset-id").asInt();
    try {
      Map<String, Object> added =
          new HashMap<>(Map.of("driver", "file", "node-name", node, "read-only", true));
      added.putAll(Map.of("filename", "/dev/fdset/" + set, "locking", "off", "discard", "unmap"));
      qmp.execute("blockdev-add", added);
    } finally {
      // The node holds a duplicate of its own.
      qmp.execute("remove-fd", Map.of("fdset-id", set));
    }
    Map<String, Object> reopened =
        Map.of(
            "driver",
            "raw",
            "node-name",
            drive,
            "read-only",
            true,
            "discard",
            "unmap",
            "file",
            node);
    List<String> nodes = nodes(qmp);
    if (nodes.contains(drive)) {
      qmp.execute("blockdev-reopen", Map.of("options", List.of(reopened)));
    } else {
      qmp.execute("blockdev-add", reopened);
    }
    if (!hasDevice(qmp, drive)) {
      addDevice(qmp, slot, drive);
    }
    for (String name : nodes) {
      if (name.startsWith(prefix) && !name.equals(node)) {
        qmp.execute("blockdev-del", Map.of("node-name", name));
      }
    }
  }

  private static List<String> nodes(QmpClient qmp) {
    List<String> names = new ArrayList<>();
    for (JsonNode each : qmp.execute("query-named-block-nodes", Map.of("flat", true))) {
      names.add(each.path("node-name").asText());
    }
    return names;
  }

  /** Whether the guest sees the drive; a shim may have been killed before it was made to. */
  private static boolean hasDevice(QmpClient qmp, String drive) {
    for (JsonNode each : qmp.execute("query-block", Map.of())) {
      if (each.path("inserted").path("node-name").asText().equals(drive)) {
        return true;
      }
    }
    return false;
  }

  /** The guest finds it by its target, which is the slot's number. */
  private static void addDevice(QmpClient qmp, int slot, String drive) {
    Map<String, Object> device = new HashMap<>(Map.of("driver", "scsi-hd", "drive", drive));
    device.putAll(Map.of("id", drive + "-disk", "bus", QemuCommand.SCSI_BUS));
    device.putAll(Map.of("channel", 0, "scsi-id", slot, "lun", 0));
    qmp.execute("device_add", device);
  }

  @Override
  public void detach(int slot, Deadline deadline) {
    try {
      attach(slot, Slots.placeholder(placeholders, slot), deadline);
    } catch (IOException e) {
      throw Failures.io("emptying slot " + slot, e);
    }
  }

  @Override
  public void pause(Deadline deadline) {
    talk(deadline, qmp -> qmp.execute("stop", Map.of()));
  }

  @Override
  public void resume(Deadline deadline) {
    talk(deadline, qmp -> qmp.execute("cont", Map.of()));
  }

  @Override
  public String ask(Deadline deadline) {
    talking.lock();
    try (QmpClient qmp = QmpClient.connect(QemuCommand.qmp(folder), deadline)) {
      return qmp.version();
    } finally {
      talking.unlock();
    }
  }

  private void talk(Deadline deadline, java.util.function.Consumer<QmpClient> words) {
    talking.lock();
    try (QmpClient qmp = QmpClient.connect(QemuCommand.qmp(folder), deadline)) {
      words.accept(qmp);
    } finally {
      talking.unlock();
    }
  }

  @Override
  public void stop(Deadline deadline) {
    processes.end(deadline);
  }
}
