package dev.cofferdam.microvm.qemu;

import dev.cofferdam.microvm.Failures;
import dev.cofferdam.microvm.monitor.Console;
import dev.cofferdam.microvm.monitor.Launch;
import dev.cofferdam.microvm.monitor.Machine;
import dev.cofferdam.microvm.monitor.MachineFolder;
import dev.cofferdam.microvm.monitor.MachineProcesses;
import dev.cofferdam.microvm.monitor.Monitor;
import dev.cofferdam.microvm.monitor.MonitorFiles;
import dev.cofferdam.microvm.monitor.ProgramVersion;
import dev.cofferdam.microvm.monitor.ReadySocket;
import dev.cofferdam.microvm.monitor.RunningMachine;
import dev.cofferdam.microvm.monitor.Slots;
import dev.cofferdam.sandbox.Deadline;
import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.SandboxException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Pattern;

/** Runs machines with QEMU. */
public final class QemuMonitor implements Monitor {

  /** There at boot, where each costs a guest time and memory; as many as most pods have images. */
  private static final int SLOTS_AT_BOOT = 2;

  /** Those beyond are SCSI disks, added when they are needed. */
  private static final int SLOTS = 64;

  private static final Pattern VERSION = Pattern.compile("version (\\d+\\.\\d+\\.\\d+)");

  private final String qemu;
  private final String vsockDevice;
  private final Acceleration acceleration;
  private final long translationBytes;
  private final Path placeholders;

  /**
   * @param qemu the program, by path or by name
   * @param vsockDevice the program {@code vhost-device-vsock}
   * @param translationBytes most that an emulation keeps of the guest's code as it translated it
   * @param placeholders a folder for what an empty slot holds
   */
  public QemuMonitor(
      String qemu,
      String vsockDevice,
      Acceleration acceleration,
      long translationBytes,
      Path placeholders) {
    this.qemu = qemu;
    this.vsockDevice = vsockDevice;
    this.acceleration = acceleration;
    this.translationBytes = translationBytes;
    this.placeholders = placeholders;
  }

  @Override
  public String name() {
    return "QEMU";
  }

  @Override
  public int slots() {
    return SLOTS;
  }

  @Override
  public String version(Deadline deadline) {
    return ProgramVersion.of(List.of(qemu, "--version"), VERSION, "qemu", deadline);
  }

  @Override
  public RunningMachine boot(Machine machine, ReadySocket ready, Deadline deadline) {
    MachineFolder folder = machine.folder();
    try {
      List<Path> slots = new ArrayList<>();
      for (int slot = 0; slot < SLOTS_AT_BOOT; slot++) {
        slots.add(Slots.placeholder(placeholders, slot));
      }
      Launch launch = new Launch(machine.cgroup(), machine.networkNamespace(), folder.log());
      Process device = startVsock(machine, launch);
      ready.listen(folder.vsock(), machine.user());
      launch.awaitScope(device, deadline);
      Path console = Console.keep(folder, launch);
      await(device, QemuCommand.vhost(folder), "vhost-device-vsock", folder, deadline);
      Process monitor =
          launch.start(
              QemuCommand.of(qemu, machine, acceleration, translationBytes, slots, console));
      await(monitor, QemuCommand.qmp(folder), "QEMU", folder, deadline);
      return new QemuMachine(folder, placeholders, monitor.pid());
    } catch (IOException e) {
      throw Failures.io("starting the machine in " + folder.runtime(), e);
    }
  }

  /** It makes both sockets in a folder that its user may write to. */
  private Process startVsock(Machine machine, Launch launch) throws IOException {
    MachineFolder folder = machine.folder();
    Path vhost = QemuCommand.vhost(folder);
    MonitorFiles.makeFolder(folder.device(), machine.user());
    // Relative: its user may not look into the folders above. The group is but a name to know it
    // by.
    String vm =
        "guest-cid=3,socket="
            + vhost.getFileName()
            + ",uds-path="
            + folder.vsock().getFileName()
            + group(folder);
    return launch.start(
        Launch.as(machine.user(), List.of(vsockDevice, "--vm", vm)), folder.device());
  }

  /** How the vsock device's command line ends. */
  static String group(MachineFolder folder) {
    return ",groups=" + folder.name();
  }

  /** Waits until the program has made its socket. */
  private static void await(
      Process process, Path socket, String program, MachineFolder folder, Deadline deadline) {
    while (!Files.exists(socket)) {
      if (!process.isAlive()) {
        int code = process.exitValue();
        throw new SandboxException(
            code == 127 ? ErrorCode.PROGRAM_MISSING : ErrorCode.PROGRAM_FAILED,
            program + " ended with " + code + ": " + MonitorFiles.words(folder.log()));
      }
      if (deadline.passed()) {
        throw new SandboxException(
            ErrorCode.DEADLINE_EXCEEDED, program + " has not started in time");
      }
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(2));
    }
  }

  @Override
  public Optional<RunningMachine> find(MachineFolder folder) {
    return new MachineProcesses(folder)
        .noted(QemuCommand.pidFile(folder))
        .map(pid -> new QemuMachine(folder, placeholders, pid));
  }

  @Override
  public void purge(MachineFolder folder, Deadline deadline) {
    new MachineProcesses(folder).end(deadline);
  }
}
