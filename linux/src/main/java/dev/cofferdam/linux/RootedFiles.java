package dev.cofferdam.linux;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;

/** Opening what lies in a folder that somebody hostile has filled. */
public final class RootedFiles {
  private static final long RESOLVE_NO_XDEV = 0x01;
  private static final long RESOLVE_NO_MAGICLINKS = 0x02;
  private static final long RESOLVE_NO_SYMLINKS = 0x04;
  private static final long RESOLVE_BENEATH = 0x08;
  private static final long RESOLVE_IN_ROOT = 0x10;
  private static final int OPEN_HOW_BYTES = 24;

  private RootedFiles() {}

  /**
   * Opens a file as a process with {@code root} for its root folder would see it: symbolic links,
   * absolute ones too, and {@code ..} never lead out of it.
   *
   * @param path relative to {@code root}
   * @param flags as of {@link Fd#open}; {@link Fd#O_PATH} opens without any effect on devices and
   *     FIFOs
   */
  public static Fd open(Path root, String path, int flags) throws IOException {
    return open(root, path, flags, 0, RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS);
  }

  /**
   * Opens or makes a file, and fails with ELOOP or EXDEV where a link or {@code ..} is on the way.
   *
   * @param root a folder; it may be reached by links
   * @param mode of a file that is made
   */
  public static Fd openWithoutLinks(Path root, String path, int flags, int mode)
      throws IOException {
    return open(root, path, flags, mode, RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS);
  }

  /** Finds an entry of a folder, and fails with EXDEV where something is mounted on it. */
  static Fd findOnSameMount(Path folder, String name) throws IOException {
    return open(folder, name, Fd.O_PATH | Fd.O_NOFOLLOW, 0, RESOLVE_NO_XDEV);
  }

  /** Opens a folder's folder, and fails with EXDEV where it is one of another mount. */
  static Fd openOnSameMount(Fd folder, String name, Path place) throws IOException {
    int flags = Fd.O_RDONLY | Fd.O_DIRECTORY | Fd.O_NOFOLLOW;
    long resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV;
    return open(folder, name, flags, 0, resolve, "open " + place);
  }

  private static Fd open(Path root, String path, int flags, int mode, long resolve)
      throws IOException {
    try (Fd folder = Fd.open(root, Fd.O_PATH | Fd.O_DIRECTORY, 0)) {
      return open(folder, path, flags, mode, resolve, "open " + path + " in " + root);
    }
  }

  private static Fd open(Fd folder, String path, int flags, int mode, long resolve, String action)
      throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment how = arena.allocate(OPEN_HOW_BYTES, 8);
      how.setAtIndex(ValueLayout.JAVA_LONG, 0, flags | Fd.O_CLOEXEC);
      // The kernel refuses a mode for what is not made.
      how.setAtIndex(ValueLayout.JAVA_LONG, 1, (flags & Fd.O_CREAT) == 0 ? 0 : mode);
      how.setAtIndex(ValueLayout.JAVA_LONG, 2, resolve);
      long name = arena.allocateFrom(path).address();
      long result = folder.on(Syscall.OPENAT2, name, how.address(), OPEN_HOW_BYTES);
      return Fd.owning((int) Errno.check(result, action));
    }
  }
}
