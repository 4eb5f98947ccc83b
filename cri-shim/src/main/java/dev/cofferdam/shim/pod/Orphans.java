package dev.cofferdam.shim.pod;

import dev.cofferdam.shim.host.Host;
import dev.cofferdam.shim.host.HostPaths;
import dev.cofferdam.shim.state.StateStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks for what the node holds in the name of a pod or container that no record knows. It never
 * takes what is just being made or removed for such a thing: a record is written before the first
 * act and removed after the last, and it is looked for only after the traces.
 */
final class Orphans {
  private static final Logger LOG = LoggerFactory.getLogger(Orphans.class);
  private static final Pattern ID = Pattern.compile("[0-9a-f]{64}");

  private final StateStore store;
  private final Host host;
  private final HostPaths paths;

  /** IDs without a record. */
  record Found(Set<String> sandboxes, Set<String> containers) {}

  Orphans(StateStore store, Host host, HostPaths paths) {
    this.store = store;
    this.host = host;
    this.paths = paths;
  }

  /** Looks once. A place that cannot be looked at now is left for the next time. */
  Found find() {
    Set<String> sandboxes = new TreeSet<>();
    collect("network attachments", host.networks()::attached, sandboxes);
    collect("network namespaces", () -> names(paths.networkNamespaces()), sandboxes);
    collect("pods' files", () -> names(paths.allPodFiles()), sandboxes);

    Set<String> containers = new TreeSet<>();
    collect("root file systems", host.images()::containerIds, containers);
    collect("containers' folders", () -> names(paths.containers()), containers);
    collect("kept streams", host.logs()::containerIds, containers);

    sandboxes.removeIf(store::hasSandbox);
    containers.removeIf(store::hasContainer);
    return new Found(sandboxes, containers);
  }

  /** Whether there is a record of a sandbox whose ID begins so. */
  boolean isKnown(String beginning) {
    return store.hasSandboxBeginning(beginning);
  }

  private static void collect(
      String what, Callable<? extends Collection<String>> look, Set<String> ids) {
    try {
      look.call().stream().filter(id -> ID.matcher(id).matches()).forEach(ids::add);
    } catch (Exception e) {
      LOG.debug("{} cannot be looked through for leftovers: {}", what, e.toString());
    }
  }

  private static List<String> names(Path folder) throws IOException {
    try (Stream<Path> children = Files.list(folder)) {
      return children.map(child -> String.valueOf(child.getFileName())).toList();
    } catch (NoSuchFileException e) {
      return List.of();
    }
  }
}
