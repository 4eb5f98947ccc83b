package dev.cofferdam.microvm.sandbox;

import dev.cofferdam.microvm.Failures;
import dev.cofferdam.microvm.monitor.MachineFolder;
import dev.cofferdam.microvm.monitor.MonitorFiles;
import dev.cofferdam.microvm.network.NetworkHandOver;
import dev.cofferdam.sandbox.Deadline;
import dev.cofferdam.sandbox.SandboxSpec;
import java.io.IOException;
import java.nio.file.Files;

/** Ends and removes all that a sandbox has on the host, whatever state it is in. */
final class SandboxRemoval {
  private final Parts parts;
  private final SandboxSpec spec;
  private final MachineFolder folder;

  SandboxRemoval(Parts parts, SandboxSpec spec, MachineFolder folder) {
    this.parts = parts;
    this.spec = spec;
    this.folder = folder;
  }

  void run(Deadline deadline) {
    parts.monitor().purge(folder, deadline);
    try {
      if (Files.exists(folder.runtime())) {
        spec.networkNamespace()
            .ifPresent(namespace -> new NetworkHandOver(namespace).undo(deadline));
      }
      parts.cache().releaseAll(spec.id());
      Files.deleteIfExists(folder.scratch());
      Files.deleteIfExists(folder.log());
      Files.deleteIfExists(folder.console());
      // The last: as long as it is there, the rest is looked for.
      MonitorFiles.remove(folder.runtime());
    } catch (IOException e) {
      throw Failures.io("removing what is left of sandbox " + spec.id(), e);
    }
  }
}
