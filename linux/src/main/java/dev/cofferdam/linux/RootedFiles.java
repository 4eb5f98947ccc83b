package dev.cofferdam.linux;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;

/** Opening what lies in a folder that somebody hostile has filled. */
public final class RootedFiles {
  private static final long RESOLVE_NO_MAGICLINKS = 0x02;
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
    try (Fd folder = Fd.open(root, Fd.O_PATH | Fd.O_DIRECTORY, 0);
        Arena arena = Arena.ofConfined()) {
      MemorySegment how = arena.allocate(OPEN_HOW_BYTES, 8);
      how.setAtIndex(ValueLayout.JAVA_LONG, 0, flags | Fd.O_CLOEXEC);
      how.setAtIndex(ValueLayout.JAVA_LONG, 2, RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS);
      long name = arena.allocateFrom(path).address();
      long result = folder.on(Syscall.OPENAT2, name, how.address(), OPEN_HOW_BYTES);
      return Fd.owning((int) Errno.check(result, "open " + path + " in " + root));
    }
  }
}
