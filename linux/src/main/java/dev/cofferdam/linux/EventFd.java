package dev.cofferdam.linux;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Wakes a thread that waits in {@link Epoll#await}. Thread-safe. */
public final class EventFd implements AutoCloseable {
  private static final int EFD_FLAGS = Fd.O_NONBLOCK | Fd.O_CLOEXEC;

  private final Fd fd;

  private EventFd(Fd fd) {
    this.fd = fd;
  }

  public static EventFd open() throws IOException {
    long number = Errno.check(Syscall.EVENTFD2.call(0, EFD_FLAGS), "make an event descriptor");
    return new EventFd(Fd.owning((int) number));
  }

  public Fd fd() {
    return fd;
  }

  public void signal() throws IOException {
    ByteBuffer one = ByteBuffer.allocate(Long.BYTES).order(ByteOrder.nativeOrder());
    fd.write(one.putLong(0, 1));
  }

  /** Takes back all signals so far. */
  public void clear() throws IOException {
    fd.read(ByteBuffer.allocate(Long.BYTES));
  }

  @Override
  public void close() {
    fd.close();
  }
}
