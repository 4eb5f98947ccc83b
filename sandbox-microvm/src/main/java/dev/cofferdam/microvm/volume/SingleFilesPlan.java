package dev.cofferdam.microvm.volume;

import dev.cofferdam.sandbox.MountSpec;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The single files that a container mounts ({@code /etc/hosts} and the like): one volume of them.
 */
final class SingleFilesPlan {
  private final Map<String, HostTree.Named> files = new TreeMap<>();

  void add(MountSpec spec, Path source) {
    String name = name(spec, source);
    files.put(name, new HostTree.Named(name, source, spec.readOnly()));
  }

  /** After all were added: the ID depends on every one of them. */
  VolumeMount mount(MountSpec spec, Path source) {
    return new VolumeMount(spec, new GuestVolume.HostFiles(id(), false), name(spec, source));
  }

  String id() {
    String names = String.join(" ", files.keySet());
    return VolumeIds.of("files", names, files.values().stream().map(HostTree.Named::path).toList());
  }

  Optional<VolumePlan.Served> served() {
    if (files.isEmpty()) {
      return Optional.empty();
    }
    HostTree tree = new HostTree.SingleFiles(files.values().stream().toList());
    return Optional.of(new VolumePlan.Served(tree, false, false));
  }

  private static String name(MountSpec spec, Path source) {
    return VolumeIds.digest(source.toString()) + (spec.readOnly() ? "-ro" : "-rw");
  }
}
