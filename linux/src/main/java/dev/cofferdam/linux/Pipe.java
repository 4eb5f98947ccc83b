package dev.cofferdam.linux;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * A pipe without a name. Both ends block until they are told not to, each for itself: a process
 * that is given one does not see how the other is used.
 *
 * @param read owned
 * @param write owned
 */
public record Pipe(Fd read, Fd write) {
  public static Pipe open() throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment ends = arena.allocate(2L * Integer.BYTES, Integer.BYTES);
      Errno.check(Syscall.PIPE2.call(ends.address(), Fd.O_CLOEXEC), "make a pipe");
      return new Pipe(
          Fd.owning(ends.get(ValueLayout.JAVA_INT, 0)),
          Fd.owning(ends.get(ValueLayout.JAVA_INT, Integer.BYTES)));
    }
  }
}
