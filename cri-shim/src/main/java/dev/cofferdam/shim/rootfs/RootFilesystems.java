package dev.cofferdam.shim.rootfs;

import dev.cofferdam.containerd.snapshots.v1.Info;
import dev.cofferdam.containerd.types.Mount;
import dev.cofferdam.linux.Mounts;
import dev.cofferdam.sandbox.Deadline;
import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.SandboxException;
import dev.cofferdam.shim.containerd.Containerd;
import dev.cofferdam.shim.containerd.CriSnapshotter;
import dev.cofferdam.shim.containerd.Snapshots;
import dev.cofferdam.shim.image.Image;
import java.io.IOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * Containers' root file systems: a writable snapshot of containerd's on top of the image's layers.
 * Safe for use by many threads, as long as a container is the business of one at a time.
 *
 * <p>No lease is taken: containerd writes the label that keeps its garbage collector away in the
 * same transaction as the snapshot itself, and a lease would be one more thing to leak.
 */
public final class RootFilesystems {
  private static final String KEY_PREFIX = "cofferdam-";
  private static final String VIEW_SUFFIX = "-image-";
  private static final String GC_ROOT = "containerd.io/gc.root";
  private static final String CONTAINER_LABEL = "cofferdam.dev/container-id";
  private static final String OWNER_LABEL = "cofferdam.dev/owner";
  private static final Duration UNDO_TIMEOUT = Duration.ofSeconds(10);
  private static final Duration UNMOUNT_PATIENCE = Duration.ofSeconds(2);

  private final Containerd containerd;
  private final CriSnapshotter snapshotter;
  private final String owner;

  /**
   * @param owner marks the snapshots, so that of two shims on one containerd neither sweeps the
   *     other's
   */
  public RootFilesystems(Containerd containerd, String owner) {
    this.containerd = containerd;
    this.owner = owner;
    this.snapshotter = new CriSnapshotter(containerd);
  }

  /**
   * Makes a container's root file system and mounts it. May be repeated. If it fails, nothing is
   * left.
   *
   * @param mountPoint made if missing
   * @throws SandboxException NOT_FOUND if the image's layers aren't unpacked here; ALREADY_EXISTS
   *     if the container has one of another image
   */
  public Prepared prepare(String containerId, Image image, Path mountPoint, Deadline deadline) {
    Snapshots snapshots = snapshots(deadline);
    String key = key(containerId);
    List<Mount> mounts =
        snapshot(
            snapshots,
            image,
            key,
            labels -> snapshots.prepare(key, image.chainId(), labels, deadline),
            containerId,
            deadline);
    return mounted(mounts, snapshots, key, containerId, mountPoint);
  }

  /** As {@link #prepare}, but read-only: nothing is written over the image here. */
  public Prepared prepareView(String containerId, Image image, Path mountPoint, Deadline deadline) {
    Snapshots snapshots = snapshots(deadline);
    String key = key(containerId);
    List<Mount> mounts =
        snapshot(
            snapshots,
            image,
            key,
            labels -> snapshots.view(key, image.chainId(), labels, deadline),
            containerId,
            deadline);
    return mounted(mounts, snapshots, key, containerId, mountPoint);
  }

  private Prepared mounted(
      List<Mount> mounts, Snapshots snapshots, String key, String containerId, Path mountPoint) {
    try {
      Files.createDirectories(
          mountPoint,
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
      if (!Mounts.isMountPoint(mountPoint)) {
        SnapshotMounts.mount(mounts, mountPoint);
      }
      return new Prepared(mountPoint, snapshots.snapshotter(), key);
    } catch (IOException | SandboxException e) {
      SandboxException failure =
          e instanceof SandboxException known
              ? known
              : new SandboxException(
                  ErrorCode.INTERNAL, "cannot make mount point " + mountPoint + ": " + e, e);
      try {
        remove(containerId, mountPoint, Deadline.after(UNDO_TIMEOUT));
      } catch (SandboxException undo) {
        failure.addSuppressed(undo);
      }
      throw failure;
    }
  }

  /** How to mount an image read-only, as one of a container's volumes. */
  List<Mount> view(String containerId, Image image, int number, Deadline deadline) {
    Snapshots snapshots = snapshots(deadline);
    String key = viewKey(containerId, number);
    return snapshot(
        snapshots,
        image,
        key,
        labels -> snapshots.view(key, image.chainId(), labels, deadline),
        containerId,
        deadline);
  }

  /** The key of one of a container's views. */
  static String viewKey(String containerId, int number) {
    return key(containerId) + VIEW_SUFFIX + number;
  }

  private List<Mount> snapshot(
      Snapshots snapshots,
      Image image,
      String key,
      Function<Map<String, String>, List<Mount>> make,
      String containerId,
      Deadline deadline) {
    Map<String, String> labels =
        Map.of(
            GC_ROOT,
            Instant.now().truncatedTo(ChronoUnit.SECONDS).toString(),
            CONTAINER_LABEL,
            containerId,
            OWNER_LABEL,
            owner);
    try {
      return make.apply(labels);
    } catch (SandboxException e) {
      if (e.code() == ErrorCode.ALREADY_EXISTS) {
        return again(snapshots, key, image, deadline);
      }
      if (e.code() == ErrorCode.NOT_FOUND) {
        throw new SandboxException(
            ErrorCode.NOT_FOUND,
            "image "
                + image.id()
                + " is not unpacked for containerd's snapshotter "
                + snapshots.snapshotter()
                + " (it has no snapshot "
                + image.chainId()
                + "); remove the image and pull it again",
            e);
      }
      throw e;
    }
  }

  /** An earlier try, or the shim's predecessor, got this far. */
  private static List<Mount> again(
      Snapshots snapshots, String key, Image image, Deadline deadline) {
    Info existing = snapshots.stat(key, deadline);
    if (!existing.getParent().equals(image.chainId())) {
      throw new SandboxException(
          ErrorCode.ALREADY_EXISTS,
          "snapshot "
              + key
              + " exists, of layers "
              + existing.getParent()
              + " and not of "
              + image.chainId());
    }
    return snapshots.mounts(key, deadline);
  }

  /**
   * Unmounts it, and removes it with everything that was written to it. Without effect if it is
   * gone. A mount that is still in use at the deadline goes when its last user does.
   */
  public void remove(String containerId, Path mountPoint, Deadline deadline) {
    try {
      SnapshotMounts.unmount(mountPoint, deadline.atMost(UNMOUNT_PATIENCE));
      Files.deleteIfExists(mountPoint);
    } catch (DirectoryNotEmptyException e) {
      throw new SandboxException(
          ErrorCode.INTERNAL,
          "mount point "
              + mountPoint
              + " holds files although nothing is mounted on it; look at"
              + " them, and remove them",
          e);
    } catch (IOException e) {
      throw new SandboxException(
          ErrorCode.INTERNAL, "cannot unmount " + mountPoint + ": " + e.getMessage(), e);
    }
    try {
      snapshots(deadline).remove(key(containerId), deadline);
    } catch (SandboxException e) {
      if (e.code() != ErrorCode.NOT_FOUND) {
        throw e;
      }
    }
  }

  /** The disk that the container's own layer takes. */
  public DiskUsage usage(String containerId, Deadline deadline) {
    var usage = snapshots(deadline).usage(key(containerId), deadline);
    return new DiskUsage(Instant.now(), usage.getSize(), usage.getInodes());
  }

  /** The containers that have a root file system, for a sweep of what nobody knows any more. */
  public List<String> containerIds(Deadline deadline) {
    return snapshots(deadline).list("labels.\"" + CONTAINER_LABEL + "\"", deadline).stream()
        // The version before did not say whose they are.
        .filter(info -> info.getLabelsOrDefault(OWNER_LABEL, owner).equals(owner))
        .map(info -> info.getLabelsOrDefault(CONTAINER_LABEL, ""))
        .filter(id -> !id.isEmpty())
        .toList();
  }

  Snapshots snapshots(Deadline deadline) {
    return new Snapshots(containerd, snapshotter.name(deadline));
  }

  private static String key(String containerId) {
    return KEY_PREFIX + containerId;
  }
}
