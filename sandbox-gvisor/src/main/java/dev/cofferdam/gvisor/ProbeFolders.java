package dev.cofferdam.gvisor;

import dev.cofferdam.linux.NetworkNamespaces;
import dev.cofferdam.linux.Trees;
import dev.cofferdam.sandbox.Deadline;
import dev.cofferdam.sandbox.Resources;
import dev.cofferdam.sandbox.SandboxSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;

/**
 * The folders in which probes run. One that is there though nobody here is at work in it belongs to
 * a process that was killed, whose sandbox may still run. Thread-safe.
 */
final class ProbeFolders {
  private final Path runtimeDirectory;
  private final Path folder;
  private final Set<Path> atWork = ConcurrentHashMap.newKeySet();

  ProbeFolders(Path runtimeDirectory) {
    this.runtimeDirectory = runtimeDirectory;
    this.folder = runtimeDirectory.resolve("probes");
  }

  /** A new one, not made yet; {@link #remove} ends the work in it. */
  Path begin() {
    Path directory = folder.resolve("probe-" + UUID.randomUUID());
    atWork.add(directory);
    return directory;
  }

  /** A probe's sandbox: all of it lies in its folder. */
  static SandboxSpec spec(Path directory, String variant) {
    return new SandboxSpec(
        String.valueOf(directory.getFileName()),
        variant,
        directory,
        "probe",
        Optional.of(network(directory)),
        Optional.empty(),
        Resources.UNLIMITED,
        Map.of(),
        false,
        false);
  }

  static Path network(Path directory) {
    return directory.resolve("netns");
  }

  /** Ends a probe's sandbox and removes its folder. */
  void remove(Path directory, Deadline deadline) {
    try {
      new SandboxFiles(Layout.of(runtimeDirectory, spec(directory, ""))).purge(deadline);
      NetworkNamespaces.delete(network(directory));
      Trees.delete(directory);
    } catch (IOException e) {
      throw Failures.io("removing " + directory, e);
    } finally {
      atWork.remove(directory); // what is left is for the sweep
    }
  }

  /** Removes those of which nobody here knows. */
  void sweep(Deadline deadline) {
    if (!Files.isDirectory(folder)) {
      return;
    }
    List<Path> left;
    try (Stream<Path> directories = Files.list(folder)) {
      left = directories.filter(directory -> !atWork.contains(directory)).toList();
    } catch (IOException e) {
      throw Failures.io("listing " + folder, e);
    }
    left.forEach(directory -> remove(directory, deadline));
  }
}
