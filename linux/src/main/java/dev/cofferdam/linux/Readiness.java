package dev.cofferdam.linux;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;

/**
 * One thread that waits on descriptors for all virtual threads: a native wait of their own would
 * hold up a carrier each, and there are only as many carriers as cores. It keeps their time too: a
 * timed wait of a virtual thread costs the JDK's timer thread a wake-up at its beginning.
 */
final class Readiness {
  private static final long WAKE_UP_KEY = -1;
  private static final long FOR_EVER = Long.MAX_VALUE;

  private final Epoll epoll;
  private final EventFd wakeUp;
  private final Map<Long, Waiter> waiting = new ConcurrentHashMap<>();

  /** Until when the thread sleeps, if nothing happens: {@link #now}. */
  private volatile long sleepsUntil;

  private record Waiter(long deadline, CompletableFuture<Boolean> ready) {}

  private Readiness(Epoll epoll, EventFd wakeUp) {
    this.epoll = epoll;
    this.wakeUp = wakeUp;
  }

  private static final class Holder {
    static final long START = System.nanoTime();
    static final Readiness SHARED = start();

    private static Readiness start() {
      try {
        Readiness readiness = new Readiness(Epoll.open(), EventFd.open());
        readiness.epoll.add(readiness.wakeUp.fd(), Epoll.IN, WAKE_UP_KEY);
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

  /** Nanoseconds that never overflow. */
  private static long now() {
    return System.nanoTime() - Holder.START;
  }

  /**
   * Completes {@code ready} once: true when the descriptor is ready, false when the time is over.
   * {@code fd} must be a duplicate of the caller's own.
   */
  void when(Fd fd, int events, Duration timeout, CompletableFuture<Boolean> ready)
      throws IOException {
    long key = fd.number();
    long deadline = now() + timeout.toNanos();
    waiting.put(key, new Waiter(deadline, ready));
    try {
      epoll.add(fd, events | Epoll.ONE_SHOT, key);
      // Rare: it sleeps as long as the earliest of those needed that have come before.
      if (deadline < sleepsUntil) {
        wakeUp.signal();
      }
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
        if (sleepsUntil <= now()) {
          endLateWaits();
        }
        for (Epoll.Event event : epoll.await(sleep())) {
          if (event.key() == WAKE_UP_KEY) {
            wakeUp.clear();
            endLateWaits();
            continue;
          }
          Waiter waiter = waiting.get(event.key());
          if (waiter != null) {
            waiter.ready.complete(true);
            waiting.remove(event.key(), waiter);
          }
        }
      } catch (IOException | RuntimeException | OutOfMemoryError e) {
        // Whoever waits has a deadline; the loop serves the others.
        Thread.onSpinWait();
      }
    }
  }

  private Duration sleep() {
    long until = sleepsUntil;
    return until == FOR_EVER ? Duration.ofMillis(-1) : Duration.ofNanos(Math.max(0, until - now()));
  }

  /** Ends those, and finds out how long to sleep for the others. */
  private void endLateWaits() {
    // First, so that who comes meanwhile does not rely on a sleep that is not yet known.
    sleepsUntil = FOR_EVER;
    long now = now();
    long earliest = FOR_EVER;
    for (Waiter waiter : waiting.values()) {
      if (waiter.deadline > now) {
        earliest = Math.min(earliest, waiter.deadline);
      } else {
        waiter.ready.complete(false);
      }
    }
    waiting.values().removeIf(waiter -> waiter.ready.isDone());
    sleepsUntil = earliest;
  }
}
