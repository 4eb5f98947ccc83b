package dev.cofferdam.shim.install;

import dev.cofferdam.shim.install.host.HostFiles;
import dev.cofferdam.shim.install.host.HostProcesses;
import dev.cofferdam.shim.install.kubelet.NodeHealth;
import dev.cofferdam.shim.install.payload.Versions;
import dev.cofferdam.shim.install.record.RecordFile;
import dev.cofferdam.shim.install.service.Services;
import java.util.function.Consumer;

/**
 * The node that is installed on, and whom to tell what happens.
 *
 * @param progress takes one line for each step
 */
public record Machine(
    HostFiles files,
    HostProcesses processes,
    Services services,
    Runtimes runtimes,
    NodeHealth health,
    InstallTimeouts timeouts,
    Consumer<String> progress) {

  Versions versions() {
    return new Versions(files, processes);
  }

  RecordFile record() {
    return new RecordFile(files);
  }

  void say(String step) {
    progress.accept(step);
  }
}
