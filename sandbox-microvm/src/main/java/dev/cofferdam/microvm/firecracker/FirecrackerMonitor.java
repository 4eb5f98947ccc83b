package dev.cofferdam.microvm.firecracker;

import dev.cofferdam.linux.Fd;
import dev.cofferdam.linux.UnixSockets;
import dev.cofferdam.microvm.Failures;
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
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Pattern;

/** Runs machines with Firecracker, in a jail that its jailer makes. */
public final class FirecrackerMonitor implements Monitor {

  /** Firecracker has places for 19 devices (interrupts 5 to 23); the rest are for other devices. */
  private static final int SLOTS = 12;

  private static final int GUEST_CID = 3;
  private static final long MIB = 1 << 20;
  private static final Pattern VERSION = Pattern.compile("v?(\\d+\\.\\d+\\.\\d+\\S*)");

  /** It has no console: what the kernel would print there costs time and nobody reads it. */
  private static final String KERNEL_PARAMETERS =
      "quiet reboot=k panic=1 8250.nr_uarts=0 random.trust_cpu=on";

  private final Path firecracker;
  private final Path jailer;
  private final Path placeholders;

  /**
   * @param placeholders a folder for what an empty slot holds
   */
  public FirecrackerMonitor(Path firecracker, Path jailer, Path placeholders) {
    this.firecracker = firecracker;
    this.jailer = jailer;
    this.placeholders = placeholders;
  }

  @Override
  public String name() {
    return "Firecracker";
  }

  @Override
  public int slots() {
    return SLOTS;
  }

  @Override
  public String version(Deadline deadline) {
    requireProgram(jailer, "jailer");
    return ProgramVersion.of(
        List.of(firecracker.toString(), "--version"), VERSION, "firecracker", deadline);
  }

  @Override
  public RunningMachine boot(Machine machine, ReadySocket ready, Deadline deadline) {
    MachineFolder folder = machine.folder();
    JailerCommand command = new JailerCommand(jailer, firecracker, folder);
    Jail jail = new Jail(command.jail(), machine.user());
    try {
      jail.make();
      Files.writeString(userFile(folder), Integer.toString(machine.user()));
      // Short paths for what lies deep in the jail.
      Files.createSymbolicLink(folder.device(), jail.root().resolve("run"));
      ready.listen(folder.vsock(), machine.user());
      Launch launch = new Launch(machine.cgroup(), Optional.empty(), folder.log());
      Process process = launch.start(command.line(machine));
      Files.writeString(pidFile(folder), Long.toString(process.pid()));
      await(process, command.apiSocket(), folder, deadline);
      RunningApi running = start(machine, jail, new PreBootApi(command.apiSocket()), deadline);
      return new FirecrackerMachine(folder, jail, running, placeholders, process.pid());
    } catch (IOException e) {
      throw Failures.io("starting the machine in " + folder.runtime(), e);
    }
  }

  private RunningApi start(Machine machine, Jail jail, PreBootApi api, Deadline deadline)
      throws IOException {
    api.putMachineConfig(
        new Body.MachineConfiguration(
            machine.cpus(), (machine.memoryBytes() + MIB - 1) / MIB, false, null, null, null),
        deadline);
    api.putBootSource(
        new Body.BootSource(
            jail.put(machine.kernel(), "vmlinux", true),
            jail.put(machine.initialRamFilesystem(), "initramfs", true),
            KERNEL_PARAMETERS),
        deadline);
    drive(api, "modules", jail.put(machine.modules(), "modules", true), true, deadline);
    drive(api, "scratch", jail.put(machine.scratch(), "scratch", false), false, deadline);
    for (int slot = 0; slot < SLOTS; slot++) {
      String name = Jail.slot(slot);
      drive(api, name, jail.put(Slots.placeholder(placeholders, slot), name, true), true, deadline);
    }
    for (int number = 0; number < machine.interfaces().size(); number++) {
      Machine.Interface nic = machine.interfaces().get(number);
      api.putNetworkInterface(
          new Body.NetworkInterface(nic.mac(), nic.tap(), "eth" + number, null, null, null),
          deadline);
    }
    api.putVsock(new Body.Vsock(GUEST_CID, "/run/vsock.sock"), deadline);
    api.putBalloon(new Body.Balloon(0, true, 0, null, true), deadline);
    api.putEntropy(new Body.EntropyDevice(null), deadline);
    return api.start(deadline);
  }

  private static void drive(
      PreBootApi api, String id, String path, boolean readOnly, Deadline deadline) {
    api.putDrive(
        new Body.Drive(id, null, false, "Unsafe", readOnly, path, null, "Sync", null), deadline);
  }

  /** Waits until the API takes connections: its socket is there a moment before it does. */
  private static void await(Process process, Path socket, MachineFolder folder, Deadline deadline) {
    while (!Files.exists(socket) || !takesConnections(socket)) {
      if (!process.isAlive()) {
        throw new SandboxException(
            ErrorCode.PROGRAM_FAILED,
            "the jailer ended with "
                + process.exitValue()
                + ": "
                + MonitorFiles.words(folder.log()));
      }
      if (deadline.passed()) {
        throw new SandboxException(
            ErrorCode.DEADLINE_EXCEEDED, "Firecracker has not started in time");
      }
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(2));
    }
  }

  private static boolean takesConnections(Path socket) {
    try (Fd _ = UnixSockets.connect(socket)) {
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  @Override
  public Optional<RunningMachine> find(MachineFolder folder) {
    JailerCommand command = new JailerCommand(jailer, firecracker, folder);
    return new MachineProcesses(folder)
        .noted(pidFile(folder))
        .map(
            pid ->
                new FirecrackerMachine(
                    folder,
                    new Jail(command.jail(), user(folder)),
                    new RunningApi(command.apiSocket()),
                    placeholders,
                    pid));
  }

  @Override
  public void purge(MachineFolder folder, Deadline deadline) {
    new MachineProcesses(folder).end(deadline);
    JailerCommand command = new JailerCommand(jailer, firecracker, folder);
    try {
      if (Files.exists(command.base())) {
        Jail.unmount(command.jail());
        MonitorFiles.remove(command.base());
      }
    } catch (IOException e) {
      throw Failures.io("removing the jail " + command.base(), e);
    }
  }

  private static void requireProgram(Path program, String setting) {
    if (!Files.isExecutable(program)) {
      throw new SandboxException(
          ErrorCode.PROGRAM_MISSING,
          program + " is not there: install it, or set backend.microvm." + setting);
    }
  }

  private static int user(MachineFolder folder) {
    try {
      return Integer.parseInt(Files.readString(userFile(folder)).strip());
    } catch (IOException e) {
      throw Failures.io("reading " + userFile(folder), e);
    }
  }

  private static Path userFile(MachineFolder folder) {
    return folder.runtime().resolve("user");
  }

  private static Path pidFile(MachineFolder folder) {
    return folder.runtime().resolve("firecracker.pid");
  }
}
