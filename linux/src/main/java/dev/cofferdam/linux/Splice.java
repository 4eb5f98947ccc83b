package dev.cofferdam.linux;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Moves bytes within the kernel. What has left the source is in the target, even when this process
 * is killed in the middle: a signal, SIGKILL too, takes hold only between the two steps' ends.
 */
public final class Splice {
  private static final int SPLICE_F_MOVE = 1;
  private static final int SPLICE_F_NONBLOCK = 2;

  private Splice() {}

  /**
   * From a pipe to a position of a regular file, which must not be open for appending.
   *
   * @return bytes moved; 0: none there now, or all writers are gone
   */
  public static long toFile(Fd pipe, Fd file, long position, int length) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment offset = arena.allocateFrom(ValueLayout.JAVA_LONG, position);
      return move(pipe, file, offset.address(), length);
    }
  }

  /** From a terminal (or another pipe) into a pipe; result as for {@link #toFile}. */
  public static long toPipe(Fd source, Fd pipe, int length) throws IOException {
    return move(source, pipe, 0, length);
  }

  private static long move(Fd from, Fd to, long offset, int length) throws IOException {
    int flags = SPLICE_F_MOVE | SPLICE_F_NONBLOCK;
    long moved = from.on(Syscall.SPLICE, 0, to.number(), offset, length, flags);
    return Errno.EAGAIN.is(moved) ? 0 : Errno.check(moved, "splice " + from + " to " + to);
  }
}
