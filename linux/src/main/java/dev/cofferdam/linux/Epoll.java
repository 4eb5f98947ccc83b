package dev.cofferdam.linux;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Waits on many descriptors at once. {@link #await} belongs to one platform thread; the others may
 * be called from any. Not for virtual threads: {@link Fd#await} is.
 */
public final class Epoll implements AutoCloseable {
  public static final int IN = 1;

  /** What the kernel's own files report when they have changed, such as those of cgroups. */
  public static final int PRI = 2;

  public static final int OUT = 4;
  public static final int ERR = 8;
  public static final int HUP = 16;

  /** Reported once; then silent until {@link #modify}. */
  public static final int ONE_SHOT = 1 << 30;

  private static final int CTL_ADD = 1;
  private static final int CTL_DEL = 2;
  private static final int CTL_MOD = 3;
  private static final int EPOLL_CLOEXEC = 0x80000;
  private static final int CAPACITY = 64;
  // struct epoll_event is packed on x86-64.
  private static final int EVENT_BYTES = 12;
  private static final ValueLayout.OfLong DATA = ValueLayout.JAVA_LONG_UNALIGNED;
  private static final ValueLayout.OfInt EVENTS = ValueLayout.JAVA_INT_UNALIGNED;

  private final Fd fd;
  private final Arena arena = Arena.ofAuto();
  private final MemorySegment ready = arena.allocate((long) CAPACITY * EVENT_BYTES);

  /** What is ready: the key that the descriptor was added with, and the events. */
  public record Event(long key, int events) {}

  private Epoll(Fd fd) {
    this.fd = fd;
  }

  public static Epoll open() throws IOException {
    long number = Errno.check(Syscall.EPOLL_CREATE1.call(EPOLL_CLOEXEC), "make an epoll instance");
    return new Epoll(Fd.owning((int) number));
  }

  public void add(Fd watched, int events, long key) throws IOException {
    Errno.check(control(CTL_ADD, watched, events, key), "watch " + watched);
  }

  public void modify(Fd watched, int events, long key) throws IOException {
    Errno.check(control(CTL_MOD, watched, events, key), "change the watch on " + watched);
  }

  /** Stops watching; nothing happens when it was not watched. */
  public void remove(Fd watched) throws IOException {
    long result = control(CTL_DEL, watched, 0, 0);
    if (!Errno.ENOENT.is(result)) {
      Errno.check(result, "end the watch on " + watched);
    }
  }

  private long control(int operation, Fd watched, int events, long key) throws IOException {
    try (Arena local = Arena.ofConfined()) {
      MemorySegment event = local.allocate(EVENT_BYTES);
      event.set(EVENTS, 0, events);
      event.set(DATA, 4, key);
      return fd.on(Syscall.EPOLL_CTL, operation, watched.number(), event.address());
    }
  }

  /** Waits until something is ready; empty when the time is over. A negative time is for ever. */
  public List<Event> await(Duration timeout) throws IOException {
    // Rounded up, or a wait for less than a millisecond would spin.
    long millis =
        timeout.isNegative() ? -1 : Math.min(timeout.plusNanos(999_999).toMillis(), 1 << 30);
    long count =
        Errno.check(
            fd.on(Syscall.EPOLL_WAIT, ready.address(), CAPACITY, millis), "wait for events");
    List<Event> events = new ArrayList<>((int) count);
    for (long i = 0; i < count; i++) {
      long at = i * EVENT_BYTES;
      events.add(new Event(ready.get(DATA, at + 4), ready.get(EVENTS, at)));
    }
    return events;
  }

  @Override
  public void close() {
    fd.close();
  }
}
