package dev.cofferdam.linux;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.OptionalInt;

/** Children of this process that {@link Process} knows nothing of: orphans passed on to us. */
public final class Children {
  private static final int PR_SET_CHILD_SUBREAPER = 36;
  private static final int WNOHANG = 1;

  private Children() {}

  /** From now on, orphaned descendants become children of this process. */
  public static void adoptOrphans() throws IOException {
    Errno.check(Syscall.PRCTL.call(PR_SET_CHILD_SUBREAPER, 1), "become a child subreaper");
  }

  /**
   * Reaps one child if it has ended; does not wait ({@link Pidfd#awaitExit} does). Never for a
   * child started through {@link ProcessBuilder}: Java reaps these itself.
   *
   * @return the wait status; empty while it runs
   * @throws LinuxException ECHILD: not our child, or reaped before
   */
  public static OptionalInt reap(long pid) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment status = arena.allocate(ValueLayout.JAVA_INT);
      long result = Syscall.WAIT4.call(pid, status.address(), WNOHANG, 0);
      Errno.check(result, "reap process " + pid);
      return result == 0
          ? OptionalInt.empty()
          : OptionalInt.of(status.get(ValueLayout.JAVA_INT, 0));
    }
  }
}
