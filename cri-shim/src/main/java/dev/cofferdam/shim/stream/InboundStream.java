package dev.cofferdam.shim.stream;

import java.io.InputStream;
import java.io.InterruptedIOException;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.IntConsumer;

/**
 * What a client sends on one stream: filled by the event loop, which never waits, and read by one
 * virtual thread, which does. {@link ReadPressure} bounds what it holds.
 */
final class InboundStream extends InputStream {
  private static final int SMALL_BYTES = 1024;

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final ArrayDeque<byte[]> chunks = new ArrayDeque<>();
  private final IntConsumer taken;
  private int offset;
  private boolean ended;
  private boolean closed;

  /**
   * @param taken told how many bytes were read or dropped, outside of any lock
   */
  InboundStream(IntConsumer taken) {
    this.taken = taken;
  }

  void offer(byte[] chunk) {
    boolean dropped;
    lock.lock();
    try {
      dropped = closed || ended;
      if (!dropped) {
        keep(chunk);
        changed.signal();
      }
    } finally {
      lock.unlock();
    }
    if (dropped) {
      taken.accept(chunk.length);
    }
  }

  /**
   * Joins small pieces: a byte in an array of its own takes twenty-four, and nobody counts those.
   */
  private void keep(byte[] chunk) {
    byte[] last = chunks.peekLast();
    boolean begun = chunks.size() == 1 && offset > 0;
    if (last == null || begun || last.length + chunk.length > SMALL_BYTES) {
      chunks.add(chunk);
      return;
    }
    byte[] joined = Arrays.copyOf(last, last.length + chunk.length);
    System.arraycopy(chunk, 0, joined, last.length, chunk.length);
    chunks.removeLast();
    chunks.add(joined);
  }

  /** The client sends no more; what came before can still be read. */
  void end() {
    lock.lock();
    try {
      ended = true;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  @Override
  public int read() throws InterruptedIOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] target, int from, int length) throws InterruptedIOException {
    if (length == 0) {
      return 0;
    }
    int count;
    lock.lock();
    try {
      while (chunks.isEmpty() && !ended && !closed) {
        changed.await();
      }
      byte[] chunk = chunks.peek();
      if (chunk == null) {
        return -1;
      }
      count = Math.min(length, chunk.length - offset);
      System.arraycopy(chunk, offset, target, from, count);
      offset += count;
      if (offset == chunk.length) {
        chunks.remove();
        offset = 0;
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("reading from the client was interrupted");
    } finally {
      lock.unlock();
    }
    taken.accept(count);
    return count;
  }

  /** Drops what waits and whatever comes. */
  @Override
  public void close() {
    int dropped = 0;
    lock.lock();
    try {
      closed = true;
      for (byte[] chunk : chunks) {
        dropped += chunk.length;
      }
      dropped -= offset;
      offset = 0;
      chunks.clear();
      changed.signalAll();
    } finally {
      lock.unlock();
    }
    if (dropped > 0) {
      taken.accept(dropped);
    }
  }
}
