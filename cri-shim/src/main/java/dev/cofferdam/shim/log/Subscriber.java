package dev.cofferdam.shim.log;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
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

  private final Optional<ClientRelay> from;
  private volatile @Nullable ClientRelay next;

  private record Chunk(@Nullable OutputStream to, ByteBuffer bytes) {
    static final Chunk LAST = new Chunk(null, ByteBuffer.allocate(0));
  }

  /**
   * Starts at once.
   *
   * @param caughtUp told when the queue is half empty again
   */
  Subscriber(Optional<OutputStream> stdout, Optional<OutputStream> stderr, Runnable caughtUp) {
    this(stdout, stderr, caughtUp, Optional.empty());
  }

  /** One whose client is connected to the shim before. */
  static Subscriber of(ClientRelay client, Runnable caughtUp) {
    return new Subscriber(
        Optional.of(client.to(LogStream.STDOUT)),
        Optional.of(client.to(LogStream.STDERR)),
        caughtUp,
        Optional.of(client));
  }

  private Subscriber(
      Optional<OutputStream> stdout,
      Optional<OutputStream> stderr,
      Runnable caughtUp,
      Optional<ClientRelay> from) {
    this.stdout = stdout;
    this.stderr = stderr;
    this.caughtUp = caughtUp;
    this.from = from;
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

  /** Goes on, after what is queued, with what the next shim sends. */
  void continueWith(ClientRelay relay) {
    next = relay;
    whenEnded(relay::close);
    finish();
  }

  /** Where the next shim is told about this client, once it has taken over. */
  Optional<ClientRelay> next() {
    return Optional.ofNullable(next);
  }

  /** The way to the client, where that is connected to the shim before. */
  Optional<ClientRelay> from() {
    return from;
  }

  /** Waits until all that was offered has been taken; false: not in time. */
  boolean awaitTaken(Duration patience) throws InterruptedException {
    finish();
    return thread.join(patience) && ended.getNow("not ended").isEmpty();
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

  /** The same with the reason, blank after a {@link #finish}. */
  void whenEnded(Consumer<String> action) {
    var _ = ended.thenAccept(action);
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
      ClientRelay relay = next;
      ended.complete(relay == null ? "" : relay.copy(stdout, stderr));
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
