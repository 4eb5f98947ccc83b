package dev.cofferdam.linux;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;

/**
 * A pseudo-terminal: the master is non-blocking and owned by the caller, the slave is what a
 * process opens as its terminal.
 */
public record Pty(Fd master, Path slave) {
  private static final long TIOCSPTLCK = 0x40045431L;
  private static final long TIOCGPTN = 0x80045430L;
  private static final long TIOCSWINSZ = 0x5414;
  private static final long TCGETS = 0x5401;
  private static final long TCSETS = 0x5402;

  /**
   * {@code struct termios} of asm-generic/termbits.h; flags begin it: input, output, control,
   * local.
   */
  private static final int TERMIOS_BYTES = 36;

  /** IGNBRK, BRKINT, PARMRK, ISTRIP, INLCR, IGNCR, ICRNL, IXON. */
  private static final int INPUT_FLAGS = 1 | 2 | 8 | 0x20 | 0x40 | 0x80 | 0x100 | 0x400;

  private static final int OPOST = 1;

  /** ISIG, ICANON, ECHO, ECHONL, IEXTEN. */
  private static final int LOCAL_FLAGS = 1 | 2 | 8 | 0x40 | 0x8000;

  /** Opens a new one, on the devpts of this mount namespace. */
  public static Pty open() throws IOException {
    int flags = Fd.O_RDWR | Fd.O_NOCTTY | Fd.O_NONBLOCK;
    Fd master = Fd.open(Path.of("/dev/ptmx"), flags, 0);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment number = arena.allocate(ValueLayout.JAVA_INT);
      Errno.check(master.on(Syscall.IOCTL, TIOCSPTLCK, number.address()), "unlock a terminal");
      return new Pty(master, slaveOf(master));
    } catch (IOException | RuntimeException e) {
      master.close();
      throw e;
    }
  }

  /** Where the slave of a master is. */
  public static Path slaveOf(Fd master) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment number = arena.allocate(ValueLayout.JAVA_INT);
      Errno.check(master.on(Syscall.IOCTL, TIOCGPTN, number.address()), "number of a terminal");
      return Path.of("/dev/pts/" + number.get(ValueLayout.JAVA_INT, 0));
    }
  }

  /** Tells the terminal its size in characters; its processes get SIGWINCH. */
  public static void resize(Fd master, int columns, int rows) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment size = arena.allocate(8);
      size.set(ValueLayout.JAVA_SHORT, 0, (short) rows);
      size.set(ValueLayout.JAVA_SHORT, 2, (short) columns);
      Errno.check(master.on(Syscall.IOCTL, TIOCSWINSZ, size.address()), "resize a terminal");
    }
  }

  /**
   * Makes a terminal pass bytes as they are: no echo, no lines, no signals by characters
   * (cfmakeraw(3)).
   */
  public static void makeRaw(Fd terminal) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment settings = arena.allocate(TERMIOS_BYTES, 4);
      Errno.check(terminal.on(Syscall.IOCTL, TCGETS, settings.address()), "ask a terminal");
      clear(settings, 0, INPUT_FLAGS);
      clear(settings, 4, OPOST);
      clear(settings, 12, LOCAL_FLAGS);
      Errno.check(terminal.on(Syscall.IOCTL, TCSETS, settings.address()), "set a terminal");
    }
  }

  private static void clear(MemorySegment settings, long at, int flags) {
    int before = settings.get(ValueLayout.JAVA_INT, at);
    settings.set(ValueLayout.JAVA_INT, at, before & ~flags);
  }

  /** Blocking streams over a non-blocking master; closing either closes it. */
  public static FdStreams stream(Fd master) {
    return new FdStreams(master);
  }
}
