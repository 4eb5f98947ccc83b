package dev.cofferdam.gvisor;

import dev.cofferdam.linux.Mounts;
import dev.cofferdam.sandbox.Deadline;
import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.SandboxException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Comparator;
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
      String text = Files.readString(layout.pidFile(), StandardCharsets.US_ASCII).strip();
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

  /** Ends and removes all there is. Does nothing when there is nothing. */
  void purge(Deadline deadline) {
    endProcesses(deadline);
    try {
      Mounts.unmount(layout.nullNetworkNamespace(), true);
      PodCgroup.removeNoted(layout.notedCgroups(), deadline);
      remove(layout.root());
      remove(layout.bundle());
    } catch (IOException e) {
      throw Failures.io("removing what is left of the sandbox in " + layout.root(), e);
    }
  }

  static void remove(Path tree) throws IOException {
    if (!Files.exists(tree)) {
      return;
    }
    try (Stream<Path> files = Files.walk(tree)) {
      for (Path file : (Iterable<Path>) files.sorted(Comparator.reverseOrder())::iterator) {
        Files.deleteIfExists(file);
      }
    }
  }
}
