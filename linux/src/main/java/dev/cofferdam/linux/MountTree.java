package dev.cofferdam.linux;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;

/**
 * Copies of mounts that are in no folder: who has the descriptor reaches what is below it, and
 * {@code ..} ends at its root. It goes with its last descriptor.
 */
public final class MountTree {
  public static final long READ_ONLY = 0x1;
  public static final long NO_DEVICES = 0x4;

  /** The kernel follows no symbolic link there, whoever asks. */
  public static final long NO_LINKS = 0x200000;

  private static final int AT_FDCWD = -100;
  private static final int AT_EMPTY_PATH = 0x1000;
  private static final int AT_RECURSIVE = 0x8000;
  private static final int OPEN_TREE_CLONE = 1;
  private static final int MOUNT_ATTR_BYTES = 32;
  private static final long MS_PRIVATE = 1 << 18;

  private MountTree() {}

  /**
   * A copy of what is seen at a path.
   *
   * @param recursive with what is mounted below it
   */
  public static Fd copy(Path path, boolean recursive) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      int flags = OPEN_TREE_CLONE | Fd.O_CLOEXEC | (recursive ? AT_RECURSIVE : 0);
      long name = arena.allocateFrom(path.toString()).address();
      long number = Syscall.OPEN_TREE.call(AT_FDCWD, name, flags);
      return Fd.owning((int) Errno.check(number, "copy the mount of " + path));
    }
  }

  /**
   * Adds restrictions to a copy, and takes it out of the exchange of later mounts.
   *
   * @param attributes those above, added up
   * @param recursive for what is mounted below it too
   */
  public static void restrict(Fd tree, long attributes, boolean recursive) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment change = arena.allocate(MOUNT_ATTR_BYTES, 8);
      change.set(ValueLayout.JAVA_LONG, 0, attributes);
      change.set(ValueLayout.JAVA_LONG, 16, MS_PRIVATE);
      int flags = AT_EMPTY_PATH | (recursive ? AT_RECURSIVE : 0);
      long empty = arena.allocateFrom("").address();
      long result =
          tree.on(Syscall.MOUNT_SETATTR, empty, flags, change.address(), MOUNT_ATTR_BYTES);
      Errno.check(result, "restrict the copy of a mount");
    }
  }
}
