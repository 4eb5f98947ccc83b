package dev.cofferdam.shim.rootfs;

import dev.cofferdam.containerd.types.Mount;
import dev.cofferdam.linux.Mounts;
import dev.cofferdam.sandbox.Deadline;
import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.SandboxException;
import dev.cofferdam.shim.containerd.Snapshots;
import dev.cofferdam.shim.image.Image;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;

/**
 * Images mounted as volumes: read-only views of containerd's snapshots, labelled with the container
 * as its root file system is, so that one sweep finds both.
 */
public final class ImageVolumes {
  private static final Duration UNMOUNT_PATIENCE = Duration.ofSeconds(2);

  private final RootFilesystems rootFilesystems;

  public ImageVolumes(RootFilesystems rootFilesystems) {
    this.rootFilesystems = rootFilesystems;
  }

  /**
   * Mounts an image. May be repeated; if it fails, {@link #remove} takes away what is left.
   *
   * @param folder of all image volumes of this container; made if missing
   * @param number which of them
   * @return where it is mounted
   * @throws SandboxException NOT_FOUND if the image's layers aren't unpacked here
   */
  public Path prepare(String containerId, Image image, Path folder, int number, Deadline deadline) {
    List<Mount> mounts = rootFilesystems.view(containerId, image, number, deadline);
    Path mountPoint = folder.resolve(Integer.toString(number));
    try {
      Files.createDirectories(
          mountPoint,
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
      if (!Mounts.isMountPoint(mountPoint)) {
        SnapshotMounts.mount(mounts, mountPoint);
      }
    } catch (IOException e) {
      throw new SandboxException(
          ErrorCode.INTERNAL, "cannot mount an image on " + mountPoint + ": " + e, e);
    }
    return mountPoint;
  }

  /** Unmounts and removes all of a container's. Nothing when there are none. */
  public void remove(String containerId, Path folder, Deadline deadline) {
    if (Files.isDirectory(folder)) {
      try (DirectoryStream<Path> mountPoints = Files.newDirectoryStream(folder)) {
        for (Path mountPoint : mountPoints) {
          SnapshotMounts.unmount(mountPoint, deadline.atMost(UNMOUNT_PATIENCE));
          Files.deleteIfExists(mountPoint);
        }
        Files.deleteIfExists(folder);
      } catch (IOException e) {
        throw new SandboxException(
            ErrorCode.INTERNAL, "cannot unmount the images in " + folder + ": " + e, e);
      }
    }
    // The last one first: what a shim that dies in here leaves is found by counting, too.
    Snapshots snapshots = rootFilesystems.snapshots(deadline);
    for (int number = count(snapshots, containerId, deadline) - 1; number >= 0; number--) {
      snapshots.remove(RootFilesystems.viewKey(containerId, number), deadline);
    }
  }

  private static int count(Snapshots snapshots, String containerId, Deadline deadline) {
    int count = 0;
    try {
      while (true) {
        var _ = snapshots.stat(RootFilesystems.viewKey(containerId, count), deadline);
        count++;
      }
    } catch (SandboxException e) {
      if (e.code() == ErrorCode.NOT_FOUND) {
        return count;
      }
      throw e;
    }
  }
}
