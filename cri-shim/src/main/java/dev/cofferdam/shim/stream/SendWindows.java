package dev.cofferdam.shim.stream;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * SPDY/3.1's flow control of what we send: a window for each stream and one for the session. The
 * library that kubelet, the API server and crictl use (moby/spdystream) ignores flow control and
 * never opens a window, so that obeying would stop every stream after 64 KiB: the windows are kept
 * from the start, but hold us only once the client has shown that it opens them. TCP holds us in
 * either case.
 */
final class SendWindows {
  static final int INITIAL_BYTES = 64 * 1024;

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private long sessionBytes = INITIAL_BYTES;
  private int initialStreamBytes = INITIAL_BYTES;
  private boolean enforced;

  /** The window of one stream. */
  final class StreamWindow {
    private long usedBytes;
    private long openedBytes;
    private boolean dead;

    private long leftBytes() {
      return initialStreamBytes + openedBytes - usedBytes;
    }

    /** Waits until at least one byte may be sent, and takes up to {@code wanted} of them. */
    int take(int wanted) throws IOException {
      lock.lock();
      try {
        while (enforced && !dead && Math.min(leftBytes(), sessionBytes) <= 0) {
          changed.await();
        }
        if (dead) {
          throw new IOException("the client has closed the stream");
        }
        int granted =
            enforced ? (int) Math.min(wanted, Math.min(leftBytes(), sessionBytes)) : wanted;
        usedBytes += granted;
        sessionBytes -= granted;
        return granted;
      } catch (InterruptedException _) {
        Thread.currentThread().interrupt();
        throw new InterruptedIOException("writing to the client was interrupted");
      } finally {
        lock.unlock();
      }
    }

    void opened(int bytes) {
      update(() -> openedBytes += bytes);
    }

    /** No more can be sent; whoever waits gets an error. */
    void die() {
      lock.lock();
      try {
        dead = true;
        changed.signalAll();
      } finally {
        lock.unlock();
      }
    }
  }

  StreamWindow open() {
    return new StreamWindow();
  }

  void sessionOpened(int bytes) {
    update(() -> sessionBytes += bytes);
  }

  /** A SETTINGS frame: also for streams that are open already, as the specification has it. */
  void initialStreamWindow(int bytes) {
    update(() -> initialStreamBytes = bytes);
  }

  private void update(Runnable change) {
    lock.lock();
    try {
      enforced = true;
      change.run();
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }
}
