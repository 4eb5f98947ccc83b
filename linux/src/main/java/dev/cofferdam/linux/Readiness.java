package dev.cofferdam.linux;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;

/**
 * One thread that waits on descriptors for all virtual threads: a native wait of their own would
 * hold up a carrier each, and there are only as many carriers as cores.
 */
final class Readiness {
  private static final Duration FOR_EVER = Duration.ofMillis(-1);

  private final Epoll epoll;
  private final Map<Long, CompletableFuture<Boolean>> waiting = new ConcurrentHashMap<>();

  private Readiness(Epoll epoll) {
    this.epoll = epoll;
  }

  private static final class Holder {
    static final Readiness SHARED = start();

    private static Readiness start() {
      try {
        Readiness readiness = new Readiness(Epoll.open());
        Thread.ofPlatform().daemon().name("readiness").start(readiness::run);
        return readiness;
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  static Readiness shared() {
    return Holder.SHARED;
  }

  /** Completes {@code ready} once. {@code fd} must be a duplicate of the caller's own. */
  void when(Fd fd, int events, CompletableFuture<Boolean> ready) throws IOException {
    long key = fd.number();
    waiting.put(key, ready);
    try {
      epoll.add(fd, events | Epoll.ONE_SHOT, key);
    } catch (IOException e) {
      waiting.remove(key);
      throw e;
    }
  }

  /** To be called before {@code fd} is closed: a duplicate is watched until it is removed. */
  void forget(Fd fd) throws IOException {
    waiting.remove((long) fd.number());
    epoll.remove(fd);
  }

  private void run() {
    while (true) {
      try {
        for (Epoll.Event event : epoll.await(FOR_EVER)) {
          CompletableFuture<Boolean> ready = waiting.remove(event.key());
          if (ready != null) {
            ready.complete(true);
          }
        }
      } catch (IOException | RuntimeException | OutOfMemoryError e) {
        // Whoever waits has a deadline of its own; the loop serves the others.
        Thread.onSpinWait();
      }
    }
  }
}
