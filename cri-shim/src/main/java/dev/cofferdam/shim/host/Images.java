package dev.cofferdam.shim.host;

import dev.cofferdam.sandbox.Deadline;
import dev.cofferdam.sandbox.ProcessSpec;
import dev.cofferdam.sandbox.RootFilesystem;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** Images on the node, and root file systems made from them. */
public interface Images {

  /**
   * The image of this name or ID.
   *
   * @throws dev.cofferdam.sandbox.SandboxException NOT_FOUND when the node does not have it
   */
  ContainerImage resolve(String reference);

  /** Makes a writable root file system from an image. */
  RootFilesystem prepare(
      String containerId, ContainerImage image, Path mountPoint, Deadline deadline);

  /** Mounts an image read-only, for a backend that gives a container a writable layer itself. */
  RootFilesystem prepareImage(
      String containerId, ContainerImage image, Path mountPoint, Deadline deadline);

  /**
   * Mounts an image read-only, as one of a container's volumes.
   *
   * @param folder of all of this container's
   * @return where it is
   */
  Path volume(String containerId, ContainerImage image, Path folder, int number, Deadline deadline);

  /** Unmounts all that {@link #volume} mounted in the folder; nothing when there is none. */
  void removeVolumes(String containerId, Path folder);

  /** Nothing when it is not there. */
  void remove(String containerId, Path mountPoint);

  /** The containers of which there is a root file system, mounted or not. */
  List<String> containerIds();

  /**
   * Copies what the image has at a path into an empty folder, with owners and modes; nothing where
   * the image has nothing there. Links in the image are followed within its root only.
   */
  void copy(RootFilesystem root, String path, Path folder, Deadline deadline);

  /** What the container has written to its root; empty when it cannot be told now. */
  Optional<DiskUsage> usageOf(String containerId);

  /**
   * The numeric identity behind what the image or kubelet says, by the image's own {@code
   * /etc/passwd} and {@code /etc/group}.
   *
   * @param user {@code uid}, {@code name} or either with {@code :group}; blank: root
   * @param groups to add
   * @param imageGroups whether the groups that the image lists for the user count too
   */
  ProcessSpec.User user(
      RootFilesystem root,
      String user,
      Optional<Long> group,
      List<Long> groups,
      boolean imageGroups);

  /** Disk space and files. */
  record DiskUsage(long bytes, long inodes, String mountPoint) {}
}
