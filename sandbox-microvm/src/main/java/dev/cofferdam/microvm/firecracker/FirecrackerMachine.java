package dev.cofferdam.microvm.firecracker;

import dev.cofferdam.microvm.Failures;
import dev.cofferdam.microvm.monitor.MachineFolder;
import dev.cofferdam.microvm.monitor.MachineProcesses;
import dev.cofferdam.microvm.monitor.RunningMachine;
import dev.cofferdam.microvm.monitor.Slots;
import dev.cofferdam.sandbox.Deadline;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** A machine that Firecracker runs. */
final class FirecrackerMachine implements RunningMachine {
  private final MachineFolder folder;
  private final Jail jail;
  private final RunningApi api;
  private final Path placeholders;
  private final long pid;
  private final MachineProcesses processes;

  FirecrackerMachine(MachineFolder folder, Jail jail, RunningApi api, Path placeholders, long pid) {
    this.folder = folder;
    this.jail = jail;
    this.api = api;
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
    return processes.all().stream().filter(each -> each != pid).toList();
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
    try {
      String inside = jail.put(image, Jail.slot(slot), true);
      api.patchDrive(new Body.PartialDrive(Jail.slot(slot), inside, null), deadline);
    } catch (IOException e) {
      throw Failures.io("putting image " + image + " into the jail", e);
    }
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
    api.pause(deadline);
  }

  @Override
  public void resume(Deadline deadline) {
    api.resume(deadline);
  }

  @Override
  public String ask(Deadline deadline) {
    return api.version(deadline);
  }

  @Override
  public void stop(Deadline deadline) {
    processes.end(deadline);
  }
}
