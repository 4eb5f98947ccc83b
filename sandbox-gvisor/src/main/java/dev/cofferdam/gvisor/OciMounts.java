package dev.cofferdam.gvisor;

import com.fasterxml.jackson.databind.node.ArrayNode;
import dev.cofferdam.sandbox.ContainerSpec;
import dev.cofferdam.sandbox.MountSpec;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** A container's mounts, in OCI's words: the usual ones of every container, then its own. */
final class OciMounts {
  private final ArrayNode mounts;
  private final ContainerSpec container;
  private final Path root;

  OciMounts(ArrayNode mounts, ContainerSpec container, Path root) {
    this.mounts = mounts;
    this.container = container;
    this.root = root;
  }

  void add() {
    mount("/proc", "proc", "proc", "nosuid", "noexec", "nodev");
    mount("/dev", "tmpfs", "tmpfs", "nosuid", "strictatime", "mode=755", "size=65536k");
    mount("/dev/pts", "devpts", "devpts", "nosuid", "noexec", "newinstance", "ptmxmode=0666");
    mount("/dev/mqueue", "mqueue", "mqueue", "nosuid", "noexec", "nodev");
    String access = container.privileged() ? "rw" : "ro";
    mount("/sys", "sysfs", "sysfs", "nosuid", "noexec", "nodev", access);
    // With it the sentry counts memory per container; without, it divides by their number.
    mount("/sys/fs/cgroup", "cgroup", "cgroup", "nosuid", "noexec", "nodev", "relatime", access);
    if (!hasMountAt("/dev/shm")) {
      mount("/dev/shm", "tmpfs", "shm", "nosuid", "noexec", "nodev", "mode=1777", "size=65536k");
    }
    keepTemporaryFilesOnDisk();
    container.mounts().forEach(this::mount);
    container.readOnlyPaths().forEach(this::readOnly);
    container.maskedPaths().forEach(this::mask);
  }

  /** gVisor puts a tmpfs over an empty /tmp, where files would cost the pod's memory. */
  private void keepTemporaryFilesOnDisk() {
    Path tmp = root.resolve("tmp");
    if (container.readOnlyRoot()
        || hasMountAt("/tmp")
        || !Files.isDirectory(tmp, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(tmp)) {
      if (!entries.iterator().hasNext()) {
        mount("/tmp", "bind", tmp.toString(), "rbind", "rw");
      }
    } catch (IOException e) {
      throw Failures.io("looking into " + tmp, e);
    }
  }

  private void mount(MountSpec mount) {
    switch (mount.kind()) {
      case TMPFS -> mount(mount.destination(), "tmpfs", "tmpfs", options(mount, mount.readOnly()));
      case BIND -> {
        mount(mount.destination(), "bind", mount.source(), options(mount, mount.readOnly()));
        if (mount.readOnly() && !mount.recursiveReadOnly()) {
          writableBelow(mount);
        }
      }
    }
  }

  /** To the sentry a volume is one mount: read-only, it is so with all that is mounted below it. */
  private void writableBelow(MountSpec mount) {
    Path source = Path.of(mount.source());
    Path destination = Path.of(mount.destination());
    HostSubmounts.below(source)
        .forEach(
            point ->
                mount(
                    destination.resolve(source.relativize(point)).toString(),
                    "bind",
                    point.toString(),
                    options(mount, false)));
  }

  private static String[] options(MountSpec mount, boolean readOnly) {
    List<String> options = new ArrayList<>(mount.options());
    options.add(readOnly ? "ro" : "rw");
    if (mount.kind() == MountSpec.Kind.BIND) {
      options.add("rbind");
      options.add(OciSpec.propagation(mount));
    }
    return options.toArray(String[]::new);
  }

  // gVisor ignores OCI's readonlyPaths and maskedPaths. What the image or a volume brought is
  // covered by a mount; /proc and /sys are the sentry's own and show nothing of the host that
  // would need it.
  private void readOnly(String path) {
    onHost(path)
        .ifPresent(source -> mount(path, "bind", source.toString(), "rbind", "ro", "rprivate"));
  }

  private void mask(String path) {
    onHost(path)
        .ifPresent(
            source -> {
              if (Files.isDirectory(source)) {
                mount(path, "tmpfs", "tmpfs", "ro", "size=0k");
              } else {
                mount(path, "bind", "/dev/null", "bind", "ro", "rprivate");
              }
            });
  }

  /**
   * Where a path inside lies on the host: in the root folder or in a volume. Empty where it is in
   * neither, or a link would lead out of it.
   */
  private Optional<Path> onHost(String path) {
    Path inside = Path.of(path).normalize();
    Path top = Path.of("/");
    Path source = root;
    for (MountSpec mount : container.mounts()) {
      Path destination = Path.of(mount.destination());
      boolean holds =
          inside.startsWith(destination) && destination.getNameCount() > top.getNameCount();
      if (holds && mount.kind() == MountSpec.Kind.BIND) {
        top = destination;
        source = Path.of(mount.source());
      }
    }
    try {
      Path realSource = source.toRealPath();
      Path real = realSource.resolve(top.relativize(inside)).toRealPath();
      return real.startsWith(realSource) ? Optional.of(real) : Optional.empty();
    } catch (IOException e) {
      return Optional.empty(); // not there
    }
  }

  private boolean hasMountAt(String destination) {
    return container.mounts().stream().anyMatch(m -> m.destination().equals(destination));
  }

  private void mount(String destination, String type, String source, String... options) {
    OciSpec.addAll(
        mounts
            .addObject()
            .put("destination", destination)
            .put("type", type)
            .put("source", source)
            .putArray("options"),
        List.of(options));
  }
}
