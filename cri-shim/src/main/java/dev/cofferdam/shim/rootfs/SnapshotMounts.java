package dev.cofferdam.shim.rootfs;

import dev.cofferdam.containerd.types.Mount;
import dev.cofferdam.linux.Errno;
import dev.cofferdam.linux.LinuxException;
import dev.cofferdam.linux.Mounts;
import dev.cofferdam.linux.RelativeMounts;
import dev.cofferdam.sandbox.Deadline;
import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.SandboxException;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** Mounting what a snapshotter says, and taking it away. */
final class SnapshotMounts {
  private static final int MOST_STACKED = 16;
  private static final Duration BUSY_PAUSE = Duration.ofMillis(50);

  private SnapshotMounts() {}

  static void mount(List<Mount> mounts, Path target) {
    if (mounts.isEmpty()) {
      throw new SandboxException(
          ErrorCode.UNSUPPORTED, "the snapshotter says nothing to mount on " + target);
    }
    for (Mount mount : mounts) {
      // format/…, mkfs/…: templates that only containerd's own mount manager resolves.
      if (mount.getType().contains("/") || !mount.getTarget().isEmpty()) {
        throw new SandboxException(
            ErrorCode.UNSUPPORTED,
            "the snapshotter wants a mount of type "
                + mount.getType()
                + ", which only containerd itself can make; use overlayfs");
      }
      try {
        mount(mount, target);
      } catch (IOException e) {
        throw new SandboxException(
            ErrorCode.INTERNAL, "cannot mount a root file system: " + e.getMessage(), e);
      }
    }
  }

  private static void mount(Mount mount, Path target) throws IOException {
    MountOptions options = MountOptions.parse(mount.getOptionsList());
    String type = mount.getType().equals("bind") ? "" : mount.getType();
    if (options.workingDirectory().isPresent()) {
      RelativeMounts.mount(
          Path.of(options.workingDirectory().get()),
          mount.getSource(),
          target,
          type,
          options.flags(),
          options.data());
    } else {
      Mounts.mount(mount.getSource(), target, type, options.flags(), options.data());
    }
    if (options.readOnlyBind()) {
      // The first call ignores `ro` on a bind mount.
      Mounts.remountReadOnly(target);
    }
  }

  /** Takes away everything mounted on {@code target}; nothing there is no error. */
  static void unmount(Path target, Deadline deadline) throws IOException {
    for (int count = 0; count < MOST_STACKED && Mounts.isMountPoint(target); count++) {
      unmountOne(target, deadline);
    }
  }

  private static void unmountOne(Path target, Deadline deadline) throws IOException {
    while (true) {
      try {
        Mounts.unmount(target, false);
        return;
      } catch (LinuxException e) {
        if (e.errno() != Errno.EBUSY) {
          throw e;
        }
        if (deadline.passed()) {
          // Somebody still has a file open there; the mount ends when they let go of it.
          Mounts.unmount(target, true);
          return;
        }
      }
      pause();
    }
  }

  private static void pause() throws IOException {
    try {
      Thread.sleep(BUSY_PAUSE);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while unmounting", e);
    }
  }
}
