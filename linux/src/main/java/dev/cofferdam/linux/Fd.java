package dev.cofferdam.linux;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * An owned file descriptor. Thread-safe: the number is given back to the kernel only when the last
 * running call is through, so that a close never hits a stranger's file; a close also ends {@link
 * #await}. The calls themselves do not wait on a descriptor that is non-blocking; on a blocking one
 * they hold up the carrier of a virtual thread.
 */
public final class Fd implements AutoCloseable {
  public static final int O_RDONLY = 0;
  public static final int O_WRONLY = 1;
  public static final int O_RDWR = 2;
  public static final int O_CREAT = 0x40;
  public static final int O_EXCL = 0x80;
  public static final int O_NOCTTY = 0x100;
  public static final int O_TRUNC = 0x200;
  public static final int O_APPEND = 0x400;
  public static final int O_NONBLOCK = 0x800;
  public static final int O_DIRECTORY = 0x10000;
  public static final int O_NOFOLLOW = 0x20000;
  public static final int O_CLOEXEC = 0x80000;
  public static final int O_PATH = 0x200000;

  private static final int F_SETFL = 4;
  private static final int F_GETFL = 3;
  private static final int F_SETPIPE_SZ = 1031;
  private static final int F_DUPFD_CLOEXEC = 1030;
  private static final long FALLOC_FL_KEEP_SIZE = 1;
  private static final long FALLOC_FL_PUNCH_HOLE = 2;
  private static final int SEEK_END = 2;
  private static final int SEEK_DATA = 3;

  /** Longer than a sentry takes to run a command that does nothing. */
  private static final long SHORTLY_MILLIS = 8;

  private static final Semaphore SHORTLY = new Semaphore(1);
  private static final long POLL_BYTES = 8;

  private final int number;
  private final AtomicInteger users = new AtomicInteger(1);
  private final AtomicBoolean closed = new AtomicBoolean();
  private final Map<Integer, CompletableFuture<Boolean>> waiting = new ConcurrentHashMap<>();

  private Fd(int number) {
    this.number = number;
  }

  /** Takes over a descriptor that nobody else will close. */
  public static Fd owning(int number) {
    return new Fd(number);
  }

  /**
   * Opens a file; {@code O_CLOEXEC} is always added.
   *
   * @param mode permission bits for a file that is made, less the umask
   */
  public static Fd open(Path path, int flags, int mode) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      long name = arena.allocateFrom(path.toString()).address();
      return owning(
          (int) Errno.check(Syscall.OPEN.call(name, flags | O_CLOEXEC, mode), "open " + path));
    }
  }

  /** The number, for a call made at once; the caller sees to it that nobody closes meanwhile. */
  public int number() {
    if (closed.get()) {
      throw new IllegalStateException("descriptor " + number + " is closed");
    }
    return number;
  }

  /** A second descriptor of the same open file. */
  public Fd duplicate() throws IOException {
    return owning((int) checked("duplicate", on(Syscall.FCNTL, F_DUPFD_CLOEXEC, 0)));
  }

  /**
   * Reads into the buffer.
   *
   * @return bytes read; 0 when a non-blocking descriptor has none now; -1 at the end
   */
  public int read(ByteBuffer buffer) throws IOException {
    return transfer(Syscall.READ, buffer, -1);
  }

  /** As {@link #read(ByteBuffer)}, from a position in the file. */
  public int read(ByteBuffer buffer, long position) throws IOException {
    return transfer(Syscall.PREAD, buffer, position);
  }

  /**
   * Writes from the buffer.
   *
   * @return bytes written, perhaps not all; 0 when a non-blocking descriptor takes none now
   */
  public int write(ByteBuffer buffer) throws IOException {
    return transfer(Syscall.WRITE, buffer, -1);
  }

  /** As {@link #write(ByteBuffer)}, to a position in the file. */
  public int write(ByteBuffer buffer, long position) throws IOException {
    return transfer(Syscall.PWRITE, buffer, position);
  }

  private int transfer(Syscall call, ByteBuffer buffer, long position) throws IOException {
    int length = buffer.remaining();
    if (length == 0) {
      return 0;
    }
    boolean in = call == Syscall.READ || call == Syscall.PREAD;
    long done;
    if (buffer.isDirect()) {
      done = on(call, MemorySegment.ofBuffer(buffer).address(), length, position);
      if (done > 0) {
        buffer.position(buffer.position() + (int) done);
      }
    } else {
      try (Arena arena = Arena.ofConfined()) {
        MemorySegment copy = arena.allocate(length);
        if (!in) {
          copy.asByteBuffer().put(buffer.duplicate());
        }
        done = on(call, copy.address(), length, position);
        if (done > 0 && in) {
          buffer.put(copy.asSlice(0, done).asByteBuffer());
        } else if (done > 0) {
          buffer.position(buffer.position() + (int) done);
        }
      }
    }
    if (Errno.EAGAIN.is(done)) {
      return 0;
    }
    checked(in ? "read from" : "write to", done);
    return in && done == 0 ? -1 : (int) done;
  }

  /** Length of a regular file in bytes. Moves the file's own position. */
  public long size() throws IOException {
    return checked("find the size of", on(Syscall.LSEEK, 0, SEEK_END));
  }

  /** Where a regular file's first bytes are that are no hole; its size when there are none. */
  public long firstData() throws IOException {
    long at = on(Syscall.LSEEK, 0, SEEK_DATA);
    return Errno.ENXIO.is(at) ? size() : checked("find the data of", at);
  }

  public void truncate(long size) throws IOException {
    checked("truncate", on(Syscall.FTRUNCATE, size));
  }

  /** Gives the space of a part of a regular file back; it then reads as zeros. */
  public void punchHole(long offset, long length) throws IOException {
    long mode = FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE;
    checked("free a part of", on(Syscall.FALLOCATE, mode, offset, length));
  }

  public void setNonBlocking(boolean nonBlocking) throws IOException {
    long flags = checked("get flags of", on(Syscall.FCNTL, F_GETFL));
    flags = nonBlocking ? flags | O_NONBLOCK : flags & ~O_NONBLOCK;
    checked("set flags of", on(Syscall.FCNTL, F_SETFL, flags));
  }

  /** Asks for a pipe's buffer of this size. */
  public void setPipeSize(int bytes) throws IOException {
    checked("enlarge pipe", on(Syscall.FCNTL, F_SETPIPE_SZ, bytes));
  }

  /**
   * Waits, without holding up a carrier thread, until the descriptor is ready.
   *
   * @param events {@link Epoll#IN} and the like; errors and hang-ups always count
   * @return false when the time is over
   * @throws ClosedChannelException when another thread closes it meanwhile
   */
  public boolean await(int events, Duration timeout) throws IOException, InterruptedException {
    CompletableFuture<Boolean> ready = new CompletableFuture<>();
    try (Fd own = duplicate()) {
      waiting.put(own.number, ready);
      try {
        if (closed.get()) {
          throw new ClosedChannelException();
        }
        Readiness.shared().when(own, events, timeout, ready);
        return ready.get();
      } finally {
        waiting.remove(own.number);
        Readiness.shared().forget(own);
      }
    } catch (ExecutionException e) {
      throw new ClosedChannelException();
    }
  }

  /**
   * Waits in the kernel for what is expected within milliseconds: for those, the ways to {@link
   * #await}'s thread and back take longer than the wait. It holds up a carrier, so only one thread
   * does it at a time, for {@link #SHORTLY_MILLIS} at most; the others return at once.
   *
   * @return true: it is ready; false: it may be
   */
  public boolean awaitShortly(int events, Duration timeout) throws IOException {
    if (!SHORTLY.tryAcquire()) {
      return false;
    }
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment poll = arena.allocate(POLL_BYTES, Integer.BYTES);
      long millis = Math.min(SHORTLY_MILLIS, timeout.toMillis());
      acquire();
      try {
        poll.set(ValueLayout.JAVA_INT, 0, number);
        poll.set(ValueLayout.JAVA_SHORT, Integer.BYTES, (short) events);
        return checked("wait for", Syscall.POLL.call(poll.address(), 1, millis)) > 0;
      } finally {
        release();
      }
    } finally {
      SHORTLY.release();
    }
  }

  /** Makes a call with this descriptor as its first argument. */
  long on(Syscall call, long... more) throws ClosedChannelException {
    acquire();
    try {
      long[] arguments = new long[more.length + 1];
      arguments[0] = number;
      System.arraycopy(more, 0, arguments, 1, more.length);
      return call.call(arguments);
    } finally {
      release();
    }
  }

  private long checked(String action, long result) throws IOException {
    return Errno.check(result, action + " descriptor " + number);
  }

  private void acquire() throws ClosedChannelException {
    if (closed.get() || users.getAndUpdate(n -> n == 0 ? 0 : n + 1) == 0) {
      throw new ClosedChannelException();
    }
  }

  private void release() {
    if (users.decrementAndGet() == 0) {
      Syscall.CLOSE.call(number);
    }
  }

  public boolean isClosed() {
    return closed.get();
  }

  /** Closes it, once; never fails. */
  @Override
  public void close() {
    if (closed.compareAndSet(false, true)) {
      release();
      waiting.values().forEach(ready -> ready.completeExceptionally(new ClosedChannelException()));
    }
  }

  @Override
  public String toString() {
    return "fd " + number + (closed.get() ? " (closed)" : "");
  }
}
