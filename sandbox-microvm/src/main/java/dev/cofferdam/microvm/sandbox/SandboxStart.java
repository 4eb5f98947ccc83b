package dev.cofferdam.microvm.sandbox;

import dev.cofferdam.microvm.Failures;
import dev.cofferdam.microvm.image.ScratchDisk;
import dev.cofferdam.microvm.monitor.Console;
import dev.cofferdam.microvm.monitor.Machine;
import dev.cofferdam.microvm.monitor.MachineFolder;
import dev.cofferdam.microvm.monitor.MonitorFiles;
import dev.cofferdam.microvm.monitor.ReadySocket;
import dev.cofferdam.microvm.monitor.RunningMachine;
import dev.cofferdam.microvm.network.GuestNetwork;
import dev.cofferdam.microvm.network.NetworkHandOver;
import dev.cofferdam.sandbox.Deadline;
import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.SandboxException;
import dev.cofferdam.sandbox.SandboxSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** Brings sandboxes up, finds them again, and takes them away. */
public final class SandboxStart {

  /** What undoing may take when the caller's own time is over already. */
  private static final Duration UNDO_TIMEOUT = Duration.ofSeconds(10);

  /** Monitors' users are above those that people and images have. */
  private static final int FIRST_USER = 2_000_000_000;

  private static final int USERS = 100_000_000;

  private final Parts parts;

  public SandboxStart(Parts parts) {
    this.parts = parts;
  }

  /** Starts one, or leaves nothing of it. */
  public MicroVmSandbox create(SandboxSpec spec, Deadline deadline) {
    MachineFolder folder = folder(spec);
    try {
      return start(spec, folder, deadline);
    } catch (RuntimeException e) {
      try {
        purge(spec, Deadline.after(UNDO_TIMEOUT));
      } catch (RuntimeException left) {
        e.addSuppressed(left); // the caller's purge finishes it
      }
      throw e;
    }
  }

  private MicroVmSandbox start(SandboxSpec spec, MachineFolder folder, Deadline deadline) {
    Path namespace =
        spec.networkNamespace()
            .orElseThrow(
                () ->
                    new SandboxException(
                        ErrorCode.UNSUPPORTED,
                        "a microVM has a network of its own: it cannot share the node's"));
    GuestSize size =
        GuestSize.of(spec.resources(), parts.defaultMemoryBytes(), parts.defaultCpus());
    requireTime(deadline);
    // An earlier try may have been cut off, in this process or in its predecessor.
    purge(spec, deadline);
    try {
      // Written before the act: what this folder is there for is looked for at a purge.
      Files.createDirectories(folder.runtime());
    } catch (IOException e) {
      throw Failures.io("making " + folder.runtime(), e);
    }
    GuestNetwork network;
    try (Meanwhile _ =
        Meanwhile.does(() -> ScratchDisk.make(folder.scratch(), parts.scratchBytes(), deadline))) {
      network = new NetworkHandOver(namespace).make(deadline);
    }
    List<Machine.Interface> interfaces =
        network.interfaces().stream()
            .map(each -> new Machine.Interface(each.tap(), each.mac()))
            .toList();
    Machine machine =
        new Machine(
            folder,
            parts.image().kernel(),
            parts.image().initialRamFilesystem(),
            parts.image().modules(),
            folder.scratch(),
            size.memoryBytes(),
            size.cpus(),
            interfaces,
            Optional.of(namespace),
            spec.cgroup(),
            user(spec.id()));
    return boot(spec, machine, network, deadline);
  }

  private MicroVmSandbox boot(
      SandboxSpec spec, Machine machine, GuestNetwork network, Deadline deadline) {
    RunningMachine running = run(machine, deadline);
    MicroVmSandbox sandbox = new MicroVmSandbox(spec, parts, machine.folder(), running);
    try {
      GuestSetup.run(sandbox.guest(), spec, network, deadline);
      return sandbox;
    } catch (RuntimeException e) {
      sandbox.guest().close();
      throw e instanceof SandboxException known ? withLastWords(known, machine) : e;
    }
  }

  /** Why a guest does not come up is often known to its kernel or its monitor only. */
  private static SandboxException withLastWords(SandboxException e, Machine machine) {
    return new SandboxException(
        e.code(),
        e.getMessage()
            + MonitorFiles.lastWords(machine.folder())
            + Console.lastWords(machine.folder()),
        e);
  }

  /** Gives it when the guest says that it has booted. */
  private RunningMachine run(Machine machine, Deadline deadline) {
    try (ReadySocket ready = new ReadySocket()) {
      RunningMachine running = parts.monitor().boot(machine, ready, deadline);
      try {
        ready.await(running::isRunning, deadline);
        return running;
      } catch (SandboxException e) {
        throw withLastWords(e, machine);
      }
    }
  }

  private static void requireTime(Deadline deadline) {
    if (deadline.remaining().compareTo(Duration.ofMillis(10)) < 0) {
      throw new SandboxException(
          ErrorCode.DEADLINE_EXCEEDED, "no time is left to start a microVM in");
    }
  }

  /** One that an earlier process of the shim started, if it runs. */
  public Optional<MicroVmSandbox> find(SandboxSpec spec) {
    MachineFolder folder = folder(spec);
    return parts
        .monitor()
        .find(folder)
        .map(machine -> new MicroVmSandbox(spec, parts, folder, machine));
  }

  /** Leaves nothing of it. */
  public void purge(SandboxSpec spec, Deadline deadline) {
    new SandboxRemoval(parts, spec, folder(spec)).run(deadline);
  }

  private MachineFolder folder(SandboxSpec spec) {
    return MachineFolder.of(parts.runtimeDirectory(), spec);
  }

  /** One user for each sandbox, so that no monitor can touch another's files. */
  static int user(String sandboxId) {
    return FIRST_USER + Math.floorMod(sandboxId.hashCode(), USERS);
  }
}
