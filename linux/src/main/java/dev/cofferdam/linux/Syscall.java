package dev.cofferdam.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;

/**
 * Calls into the kernel by number (x86-64's), all through one method handle on {@code syscall(2)}:
 * each further handle would cost milliseconds of the shim's start.
 */
enum Syscall {
  READ(0),
  WRITE(1),
  OPEN(2),
  CLOSE(3),
  POLL(7),
  LSEEK(8),
  IOCTL(16),
  PREAD(17),
  PWRITE(18),
  MADVISE(28),
  SOCKET(41),
  CONNECT(42),
  ACCEPT4(288),
  SENDMSG(46),
  RECVMSG(47),
  BIND(49),
  LISTEN(50),
  WAIT4(61),
  KILL(62),
  FCNTL(72),
  FTRUNCATE(77),
  CHDIR(80),
  PRCTL(157),
  MOUNT(165),
  UMOUNT2(166),
  EPOLL_WAIT(232),
  EPOLL_CTL(233),
  MKNOD(133),
  UNLINKAT(263),
  UNSHARE(272),
  SPLICE(275),
  FALLOCATE(285),
  EVENTFD2(290),
  EPOLL_CREATE1(291),
  PIPE2(293),
  SETNS(308),
  PIDFD_SEND_SIGNAL(424),
  PIDFD_OPEN(434),
  OPEN_TREE(428),
  OPENAT2(437),
  MOUNT_SETATTR(442);

  private final long number;

  Syscall(long number) {
    this.number = number;
  }

  /**
   * Makes the call with up to six arguments and repeats it when a signal interrupted it.
   *
   * @return what the kernel gave: on failure the negated error number
   */
  long call(long... arguments) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(Libc.STATE);
      while (true) {
        long result =
            (long)
                Libc.SYSCALL.invokeExact(
                    state,
                    number,
                    argument(arguments, 0),
                    argument(arguments, 1),
                    argument(arguments, 2),
                    argument(arguments, 3),
                    argument(arguments, 4),
                    argument(arguments, 5));
        if (result != -1) {
          return result;
        }
        int errno = (int) Libc.ERRNO.get(state, 0L);
        // Linux has closed a descriptor even when close(2) says EINTR.
        if (errno != Errno.EINTR.number() || this == CLOSE) {
          return -errno;
        }
      }
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new IllegalStateException("a call into the kernel threw: " + this, e);
    }
  }

  private static long argument(long[] arguments, int index) {
    return index < arguments.length ? arguments[index] : 0;
  }

  /** Linked on first use, not when the enum is loaded. */
  private static final class Libc {
    static final StructLayout STATE = Linker.Option.captureStateLayout();
    static final VarHandle ERRNO = STATE.varHandle(StructLayout.PathElement.groupElement("errno"));
    static final MethodHandle SYSCALL = link();

    @SuppressWarnings("restricted")
    private static MethodHandle link() {
      if (!"amd64".equals(System.getProperty("os.arch"))) {
        throw new UnsupportedOperationException(
            "Cofferdam's node side runs on x86-64 only, this is " + System.getProperty("os.arch"));
      }
      Linker linker = Linker.nativeLinker();
      ValueLayout.OfLong number = ValueLayout.JAVA_LONG;
      return linker.downcallHandle(
          linker.defaultLookup().findOrThrow("syscall"),
          FunctionDescriptor.of(number, number, number, number, number, number, number, number),
          Linker.Option.firstVariadicArg(1),
          Linker.Option.captureCallState("errno"));
    }
  }
}
