package dev.cofferdam.linux;

import java.io.IOException;
import java.time.Duration;

/** A process, held so that its ID is never mistaken for a later process's. Thread-safe. */
public final class Pidfd implements AutoCloseable {
  private final long pid;
  private final Fd fd;

  private Pidfd(long pid, Fd fd) {
    this.pid = pid;
    this.fd = fd;
  }

  /** ESRCH: no such process (any more). */
  public static Pidfd open(long pid) throws IOException {
    long number = Errno.check(Syscall.PIDFD_OPEN.call(pid, 0), "hold process " + pid);
    return new Pidfd(pid, Fd.owning((int) number));
  }

  public long pid() {
    return pid;
  }

  /** Waits until the process has ended, any process's child or not; false: not in that time. */
  public boolean awaitExit(Duration timeout) throws IOException, InterruptedException {
    return fd.await(Epoll.IN, timeout);
  }

  /** ESRCH: it has ended. */
  public void send(int signal) throws IOException {
    long result = fd.on(Syscall.PIDFD_SEND_SIGNAL, signal, 0, 0);
    Errno.check(result, "send signal " + signal + " to process " + pid);
  }

  @Override
  public void close() {
    fd.close();
  }
}
