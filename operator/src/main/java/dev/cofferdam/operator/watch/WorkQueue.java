package dev.cofferdam.operator.watch;

import java.time.Duration;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keys to be looked at, each once however often it was added meanwhile, and never by two threads at
 * a time. Thread-safe.
 */
final class WorkQueue {
  private static final Logger LOG = LoggerFactory.getLogger(WorkQueue.class);

  private final String name;
  private final int atOnce;
  private final Duration retry;
  private final Predicate<String> work;
  private final Set<String> waiting = new LinkedHashSet<>();
  private final Set<String> working = new HashSet<>();
  private final ScheduledExecutorService later =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("retries").factory());
  private boolean stopped;

  /**
   * @param work done with a key; false if it is to be tried again after {@code retry}
   */
  WorkQueue(String name, int atOnce, Duration retry, Predicate<String> work) {
    this.name = name;
    this.atOnce = atOnce;
    this.retry = retry;
    this.work = work;
  }

  void start() {
    for (int i = 0; i < atOnce; i++) {
      Thread.ofVirtual().name(name + "-" + i).start(this::run);
    }
  }

  synchronized void stop() {
    stopped = true;
    later.shutdownNow();
    notifyAll();
  }

  synchronized void add(String key) {
    if (!stopped) {
      waiting.add(key);
      notifyAll();
    }
  }

  private void run() {
    try {
      while (true) {
        String key = take();
        if (key.isEmpty()) {
          return;
        }
        boolean done = false;
        try {
          done = work.test(key);
        } catch (RuntimeException e) {
          LOG.warn("{} failed for {}", name, key, e);
        } finally {
          finished(key, done);
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** The next key; empty when stopped. */
  private synchronized String take() throws InterruptedException {
    while (!stopped) {
      for (String key : waiting) {
        if (working.add(key)) {
          waiting.remove(key);
          return key;
        }
      }
      wait();
    }
    return "";
  }

  private synchronized void finished(String key, boolean done) {
    working.remove(key);
    if (!done && !stopped) {
      ScheduledFuture<?> _ =
          later.schedule(() -> add(key), retry.toMillis(), TimeUnit.MILLISECONDS);
    }
    notifyAll();
  }
}
