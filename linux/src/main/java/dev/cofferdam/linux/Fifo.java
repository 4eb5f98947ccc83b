package dev.cofferdam.linux;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Path;

/** Named pipes. */
public final class Fifo {
  private static final int S_IFIFO = 0x1000;

  private Fifo() {}

  /**
   * Makes a named pipe.
   *
   * @param mode permission bits, less the umask
   * @throws LinuxException EEXIST: something is there
   */
  public static void create(Path path, int mode) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      long name = arena.allocateFrom(path.toString()).address();
      Errno.check(Syscall.MKNOD.call(name, S_IFIFO | mode, 0), "make named pipe " + path);
    }
  }
}
