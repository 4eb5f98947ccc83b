package dev.cofferdam.shim.log;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * One client's share of a container's output: a bounded queue, and a virtual thread that brings it
 * to the client as fast as the client takes it.
 */
final class Subscriber {
  /** Beyond this the source waits. */
  static final long MOST_BYTES = 1 << 20;

  private final Optional<OutputStream> stdout;
  private final Optional<OutputStream> stderr;
  private final Runnable caughtUp;
  private final LinkedBlockingQueue<Chunk> queue = new LinkedBlockingQueue<>();
  private final AtomicLong queuedBytes = new AtomicLong();
  private final CompletableFuture<String> ended = new CompletableFuture<>();
  private final Thread thread;

  private record Chunk(@Nullable OutputStream to, ByteBuffer bytes) {
    static final Chunk LAST = new Chunk(null, ByteBuffer.allocate(0));
  }

  /**
   * Starts at once.
   *
   * @param caughtUp told when the queue is half empty again
   */
  Subscriber(Optional<OutputStream> stdout, Optional<OutputStream> stderr, Runnable caughtUp) {
    this.stdout = stdout;
    this.stderr = stderr;
    this.caughtUp = caughtUp;
    this.thread = Thread.ofVirtual().name("attached").start(this::run);
  }

  /** Never waits. The bytes, all of an array, are not changed afterwards. */
  void offer(LogStream stream, ByteBuffer bytes) {
    Optional<OutputStream> to = stream == LogStream.STDOUT ? stdout : stderr;
    if (to.isPresent() && !ended.isDone()) {
      queuedBytes.addAndGet(bytes.capacity());
      queue.add(new Chunk(to.get(), bytes));
    }
  }

  boolean isBehind() {
    return !ended.isDone() && queuedBytes.get() > MOST_BYTES;
  }

  /** Ends after what is queued. */
  void finish() {
    queue.add(Chunk.LAST);
  }

  /** Ends at once. */
  void cutOff(String reason) {
    ended.complete(reason);
    thread.interrupt();
  }

  /** Runs an action once it has ended, now if it has. */
  void whenEnded(Runnable action) {
    var _ = ended.thenRun(action);
  }

  /** Done when it has ended: blank after a {@link #finish}, else the reason. */
  CompletableFuture<String> ended() {
    return ended;
  }

  private void run() {
    try {
      for (Chunk chunk = queue.take(); chunk.to() != null; chunk = queue.take()) {
        int length = chunk.bytes().capacity();
        chunk.to().write(chunk.bytes().array(), 0, length);
        chunk.to().flush();
        long before = queuedBytes.getAndAdd(-length);
        if (before > MOST_BYTES / 2 && before - length <= MOST_BYTES / 2) {
          caughtUp.run();
        }
      }
      ended.complete("");
    } catch (IOException e) {
      ended.complete("the client has gone: " + e.getMessage());
    } catch (InterruptedException e) {
      ended.complete("cut off");
    } finally {
      // A source that waits for this one need not any more.
      caughtUp.run();
      queue.clear();
    }
  }
}
