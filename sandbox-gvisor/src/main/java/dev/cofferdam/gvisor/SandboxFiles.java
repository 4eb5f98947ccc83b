package dev.cofferdam.gvisor;

import dev.cofferdam.linux.Mounts;
import dev.cofferdam.linux.Trees;
import dev.cofferdam.sandbox.Deadline;
import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.SandboxException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** What a sandbox has on the host: processes, a mount, files; and how all of it goes away. */
final class SandboxFiles {
  private final Layout layout;
  private final HostProcesses processes;

  SandboxFiles(Layout layout) {
    this.layout = layout;
    this.processes = new HostProcesses(layout.root());
  }

  Layout layout() {
    return layout;
  }

  HostProcesses processes() {
    return processes;
  }

  /** The sentry's process ID, if it runs. */
  Optional<Long> runningPid() {
    try {
      String text = Files.readString(layout.pidFile(), StandardCharsets.ISO_8859_1).strip();
      long pid = Long.parseLong(text);
      return processes.owns(pid) ? Optional.of(pid) : Optional.empty();
    } catch (NoSuchFileException e) {
      return Optional.empty();
    } catch (IOException e) {
      throw Failures.io("reading " + layout.pidFile(), e);
    } catch (NumberFormatException e) {
      return Optional.empty(); // runsc was killed while writing it
    }
  }

  /** Ends all processes. */
  void endProcesses(Deadline deadline) {
    List<Long> left = processes.end(deadline);
    if (!left.isEmpty()) {
      throw new SandboxException(
          ErrorCode.DEADLINE_EXCEEDED,
          "processes "
              + left
              + " of the sandbox in "
              + layout.root()
              + " have been killed but do"
              + " not end; look at what they wait for in /proc/PID/stack");
    }
  }

  /**
   * Whether there may be anything of the sandbox. Its folder is made before all else and goes after
   * it, so that nobody need look through all processes of the node for nothing.
   */
  private boolean begun() {
    return Stream.of(layout.root(), retired(), layout.bundle()).anyMatch(Files::exists);
  }

  private Path retired() {
    return layout.root().resolveSibling(layout.root().getFileName() + ".gone");
  }

  /** Ends and removes all there is. Does nothing when there is nothing. */
  void purge(Deadline deadline) {
    if (!begun()) {
      return;
    }
    endProcesses(deadline);
    try {
      Mounts.unmount(layout.nullNetworkNamespace(), true);
      PodCgroup.removeNoted(layout.workloadCgroup(), deadline);
      PodCgroup.removeNoted(layout.cpuCgroups(), deadline);
      PodCgroup.removeNoted(layout.notedCgroups(), deadline);
      Path gone = retire();
      endProcesses(deadline); // of calls that began meanwhile
      Trees.delete(gone);
      Trees.delete(layout.bundle());
    } catch (IOException e) {
      throw Failures.io("removing what is left of the sandbox in " + layout.root(), e);
    }
  }

  /** Takes the folder out of the way, so that no call on the sandbox can begin any more. */
  private Path retire() throws IOException {
    Path root = layout.root();
    Path gone = retired();
    Trees.delete(gone); // by one who was killed here
    try {
      Files.move(root, gone, StandardCopyOption.ATOMIC_MOVE);
    } catch (NoSuchFileException e) {
      return gone; // somebody else was faster, or there was nothing
    }
    return gone;
  }
}
