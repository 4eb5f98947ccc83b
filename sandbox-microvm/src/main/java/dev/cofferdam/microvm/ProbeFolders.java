package dev.cofferdam.microvm;

import dev.cofferdam.linux.NetworkNamespaces;
import dev.cofferdam.microvm.monitor.MonitorFiles;
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
 * Where probes' sandboxes live: {@code probes/<variant>.<id>}, each with a network namespace in
 * which there is nothing. One that is there though nobody here is at work in it belongs to a
 * process that was killed. Thread-safe.
 */
final class ProbeFolders {
  private static final String NAMESPACE = "netns";

  private final Path runtimeDirectory;
  private final Path folder;
  private final Set<Path> atWork = ConcurrentHashMap.newKeySet();

  ProbeFolders(Path runtimeDirectory) {
    this.runtimeDirectory = runtimeDirectory;
    this.folder = runtimeDirectory.resolve("probes");
  }

  /** A new one, without a network yet; {@link #done} ends the work in it. */
  SandboxSpec begin(String variant) {
    String id = UUID.randomUUID().toString().replace("-", "");
    Path own = folder.resolve(variant + "." + id);
    atWork.add(own);
    try {
      Files.createDirectories(own);
      return spec(own);
    } catch (IOException e) {
      atWork.remove(own);
      throw Failures.io("making " + own, e);
    }
  }

  void makeNetwork(SandboxSpec spec) {
    Path namespace = spec.directory().resolve(NAMESPACE);
    try {
      NetworkNamespaces.create(namespace);
    } catch (IOException e) {
      throw Failures.io("making the network namespace " + namespace, e);
    }
  }

  /** From now on what is left of it is for a sweep. */
  void done(SandboxSpec spec) {
    atWork.remove(spec.directory());
  }

  /** What probes left that were cut off. */
  List<SandboxSpec> left() {
    if (!Files.exists(folder)) {
      return List.of();
    }
    try (Stream<Path> folders = Files.list(folder)) {
      return folders
          .filter(ProbeFolders::isKnown)
          .filter(own -> !atWork.contains(own))
          .map(ProbeFolders::spec)
          .toList();
    } catch (IOException e) {
      throw Failures.io("listing " + folder, e);
    }
  }

  private static boolean isKnown(Path own) {
    String name = own.getFileName().toString();
    int dot = name.indexOf('.');
    return dot > 0 && Variant.names().contains(name.substring(0, dot));
  }

  void remove(SandboxSpec spec) {
    try {
      NetworkNamespaces.delete(spec.directory().resolve(NAMESPACE));
      MonitorFiles.remove(spec.directory());
    } catch (IOException e) {
      throw Failures.io("removing " + spec.directory() + " in " + runtimeDirectory, e);
    }
  }

  private static SandboxSpec spec(Path own) {
    String name = own.getFileName().toString();
    int dot = name.indexOf('.');
    return new SandboxSpec(
        name.substring(dot + 1),
        name.substring(0, dot),
        own,
        "probe",
        Optional.of(own.resolve(NAMESPACE)),
        Optional.empty(),
        Resources.UNLIMITED,
        Map.of(),
        false,
        false);
  }
}
