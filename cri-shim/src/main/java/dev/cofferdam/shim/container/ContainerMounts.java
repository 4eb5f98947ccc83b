package dev.cofferdam.shim.container;

import dev.cofferdam.cri.v1.ContainerConfig;
import dev.cofferdam.cri.v1.Mount;
import dev.cofferdam.cri.v1.MountPropagation;
import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.MountSpec;
import dev.cofferdam.sandbox.SandboxException;
import dev.cofferdam.shim.host.ContainerImage;
import dev.cofferdam.shim.live.Invalid;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.stream.Collectors;

/**
 * What is mounted in a container: what kubelet asks for, the pod's own files where it asks for
 * none, and a folder for each volume that the image declares.
 */
final class ContainerMounts {
  private static final Map<String, String> POD_FILES =
      Map.of(
          "/etc/hostname", "hostname",
          "/etc/hosts", "hosts",
          "/etc/resolv.conf", "resolv.conf",
          "/dev/shm", "shm");

  private ContainerMounts() {}

  /**
   * Decides on all mounts, and makes the folders on the host that are to be mounted and are not
   * there.
   *
   * @param images where the images that are volumes are mounted, by name
   * @param podFiles the pod's folder of files
   * @param volumes a folder of the container's own, for the image's volumes
   * @param contents fills a new volume with what the image has there
   */
  static List<MountSpec> of(
      ContainerConfig config,
      Map<String, Path> images,
      ContainerImage image,
      Path podFiles,
      Path volumes,
      BiConsumer<String, Path> contents) {
    List<MountSpec> mounts = new ArrayList<>();
    Set<String> asked =
        config.getMountsList().stream()
            .map(mount -> clean(mount.getContainerPath()))
            .collect(Collectors.toSet());
    boolean readOnlyRoot = config.getLinux().getSecurityContext().getReadonlyRootfs();
    POD_FILES.forEach(
        (destination, name) -> {
          Path source = podFiles.resolve(name);
          if (!asked.contains(destination) && Files.exists(source)) {
            boolean readOnly = readOnlyRoot && !name.equals("shm");
            mounts.add(MountSpec.bind(source.toString(), destination, readOnly));
          }
        });
    int number = 0;
    for (String volume : image.volumes()) {
      String destination = clean(volume.startsWith("/") ? volume : "/" + volume);
      if (!asked.contains(destination)) {
        Path source = existing(volumes.resolve(Integer.toString(number++)));
        contents.accept(destination, source);
        mounts.add(MountSpec.bind(source.toString(), destination, false));
      }
    }
    config.getMountsList().forEach(mount -> mounts.add(asked(mount, images)));
    // A mount below another one must come after it; else the order is kubelet's.
    mounts.sort(Comparator.comparingInt(mount -> Path.of(mount.destination()).getNameCount()));
    return mounts;
  }

  private static MountSpec asked(Mount mount, Map<String, Path> images) {
    if (ContainerRequests.isImage(mount)) {
      Path root = Objects.requireNonNull(images.get(mount.getImage().getImage()));
      return MountSpec.bind(
          inImage(root, mount.getImageSubPath()).toString(), clean(mount.getContainerPath()), true);
    }
    return new MountSpec(
        MountSpec.Kind.BIND,
        clean(mount.getContainerPath()),
        existing(Path.of(mount.getHostPath())).toString(),
        mount.getReadonly(),
        mount.getRecursiveReadOnly(),
        propagation(mount.getPropagation()),
        mount.getMountOptionsList());
  }

  private static MountSpec.Propagation propagation(MountPropagation asked) {
    return switch (asked) {
      case PROPAGATION_PRIVATE, UNRECOGNIZED -> MountSpec.Propagation.PRIVATE;
      case PROPAGATION_HOST_TO_CONTAINER -> MountSpec.Propagation.HOST_TO_CONTAINER;
      case PROPAGATION_BIDIRECTIONAL -> MountSpec.Propagation.BIDIRECTIONAL;
    };
  }

  /** A part of an image; its links may lead about in the image, but not out of it. */
  private static Path inImage(Path root, String subPath) {
    try {
      Path whole = root.toRealPath();
      Path part = whole.resolve(subPath).toRealPath();
      if (part.startsWith(whole)) {
        return part;
      }
    } catch (IOException | InvalidPathException e) {
      throw Invalid.argument("config.mounts.image_sub_path", "the image has no " + subPath);
    }
    throw Invalid.argument("config.mounts.image_sub_path", subPath + " leads out of the image");
  }

  /** Links are followed now, once: what is mounted cannot be exchanged between here and there. */
  private static Path existing(Path source) {
    try {
      if (!Files.exists(source)) {
        Files.createDirectories(source);
      }
      return source.toRealPath();
    } catch (IOException e) {
      throw new SandboxException(
          ErrorCode.INVALID_ARGUMENT,
          "could not use " + source + " of the node as a mount's source: " + e,
          e);
    }
  }

  private static String clean(String path) {
    return Path.of(path).normalize().toString();
  }
}
