package dev.cofferdam.linux;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Path;

/** Mounting and unmounting in the namespace of this process. */
public final class Mounts {
  public static final long MS_RDONLY = 1;
  public static final long MS_NOSUID = 2;
  public static final long MS_NODEV = 4;
  public static final long MS_NOEXEC = 8;
  public static final long MS_REMOUNT = 32;
  public static final long MS_NOATIME = 1024;
  public static final long MS_BIND = 4096;
  public static final long MS_REC = 16384;
  public static final long MS_RELATIME = 1 << 21;

  private static final int MNT_DETACH = 2;
  private static final int UMOUNT_NOFOLLOW = 8;

  private Mounts() {}

  /** Whether mounts below a mount pass on to and from its copies. */
  public enum Propagation {
    PRIVATE(1 << 18),
    SLAVE(1 << 19),
    SHARED(1 << 20);

    private final long flag;

    Propagation(long flag) {
      this.flag = flag;
    }
  }

  /**
   * Whether something is mounted on a path; false where nothing is, or a link. The kernel looks at
   * this one place: its list of all mounts grows with the pods of the node.
   */
  public static boolean isMountPoint(Path path) throws IOException {
    Path absolute = path.toAbsolutePath();
    Path folder = absolute.getParent();
    Path name = absolute.getFileName();
    if (folder == null || name == null) {
      return true;
    }
    try (Fd _ = RootedFiles.findOnSameMount(folder, name.toString())) {
      return false;
    } catch (LinuxException e) {
      if (e.errno() == Errno.EXDEV) {
        return true;
      }
      if (e.errno() == Errno.ENOENT) {
        return false;
      }
      throw e;
    }
  }

  /** Shows a file or folder at a second place, with what is mounted below if recursive. */
  public static void bind(Path source, Path target, boolean recursive) throws IOException {
    mount(source.toString(), target, "", MS_BIND | (recursive ? MS_REC : 0), "");
  }

  /** Makes a bind mount read-only; mounts below it are left as they are. */
  public static void remountReadOnly(Path target) throws IOException {
    mount("", target, "", MS_REMOUNT | MS_BIND | MS_RDONLY, "");
  }

  /**
   * {@code mount(2)}.
   *
   * @param data the file system's own options, such as {@code lowerdir=…}; at most a page
   */
  public static void mount(String source, Path target, String fsType, long flags, String data)
      throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      long result =
          Syscall.MOUNT.call(
              arena.allocateFrom(source).address(),
              arena.allocateFrom(target.toString()).address(),
              arena.allocateFrom(fsType).address(),
              flags,
              arena.allocateFrom(data).address());
      String what = fsType.isEmpty() ? source : fsType + " " + source;
      Errno.check(result, "mount " + what + " on " + target);
    }
  }

  /**
   * Unmounts what is mounted last on the target; does nothing where nothing is mounted.
   *
   * @param lazy take it away at once, and end it when its last user is gone
   */
  public static void unmount(Path target, boolean lazy) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      long result =
          Syscall.UMOUNT2.call(
              arena.allocateFrom(target.toString()).address(),
              UMOUNT_NOFOLLOW | (lazy ? MNT_DETACH : 0));
      if (!Errno.EINVAL.is(result) && !Errno.ENOENT.is(result)) {
        Errno.check(result, "unmount " + target);
      }
    }
  }

  public static void setPropagation(Path target, Propagation propagation) throws IOException {
    mount("", target, "", propagation.flag, "");
  }
}
