package dev.cofferdam.shim.log;

import dev.cofferdam.linux.Epoll;
import dev.cofferdam.linux.EventFd;
import dev.cofferdam.linux.Fd;
import java.io.IOException;
import java.time.Duration;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one thread that moves all containers' output. Everything of a container happens on it; {@link
 * #submit} and {@link #execute} are how other threads get there.
 */
final class LogPump implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(LogPump.class);
  private static final long WAKE_KEY = -1;
  private static final Duration LONGEST = Duration.ofSeconds(60);

  private final Epoll epoll;
  private final EventFd wake;
  private final Scratch scratch = new Scratch();
  private final ConcurrentLinkedQueue<Runnable> tasks = new ConcurrentLinkedQueue<>();
  private final Map<Long, Watched> watched = new HashMap<>();
  private final PriorityQueue<Timer> timers =
      new PriorityQueue<>(Comparator.comparingLong(Timer::nanoTime));
  private final Thread thread;
  private final Duration clientPatience;
  private long lastKey;
  private volatile boolean closed;

  private record Watched(Fd fd, Runnable onReady) {}

  private record Timer(long nanoTime, Runnable action) {}

  private LogPump(Epoll epoll, EventFd wake, Duration clientPatience) {
    this.epoll = epoll;
    this.wake = wake;
    this.clientPatience = clientPatience;
    this.thread = Thread.ofPlatform().daemon().name("log-pump").unstarted(this::run);
  }

  static LogPump start(Duration clientPatience) throws IOException {
    Epoll epoll = Epoll.open();
    LogPump pump = new LogPump(epoll, EventFd.open(), clientPatience);
    epoll.add(pump.wake.fd(), Epoll.IN, WAKE_KEY);
    pump.thread.start();
    return pump;
  }

  /** How long a container waits for a client that does not take its output. */
  Duration clientPatience() {
    return clientPatience;
  }

  /** For the pump's thread. */
  Scratch scratch() {
    return scratch;
  }

  /** Runs an action on the pump's thread, soon. */
  void execute(Runnable action) {
    tasks.add(action);
    try {
      wake.signal();
    } catch (IOException e) {
      LOG.debug("the pump is closed", e);
    }
  }

  <T extends @Nullable Object> CompletableFuture<T> submit(Callable<T> action) {
    CompletableFuture<T> result = new CompletableFuture<>();
    execute(
        () -> {
          try {
            result.complete(action.call());
          } catch (Exception | OutOfMemoryError e) {
            result.completeExceptionally(e);
          }
        });
    return result;
  }

  /** Runs an action on the pump's thread, later. For the pump's thread. */
  void after(Duration delay, Runnable action) {
    timers.add(new Timer(System.nanoTime() + delay.toNanos(), action));
  }

  /** Runs an action whenever there is something to read. For the pump's thread. */
  long watch(Fd fd, Runnable onReady) throws IOException {
    long key = ++lastKey;
    epoll.add(fd, Epoll.IN, key);
    watched.put(key, new Watched(fd, onReady));
    return key;
  }

  /** Stops or goes on looking at a descriptor. For the pump's thread. */
  void look(long key, boolean on) throws IOException {
    Watched entry = watched.get(key);
    if (entry != null) {
      epoll.modify(entry.fd(), on ? Epoll.IN : 0, key);
    }
  }

  /** Before the descriptor is closed. For the pump's thread. */
  void unwatch(long key) {
    Watched entry = watched.remove(key);
    if (entry != null) {
      try {
        epoll.remove(entry.fd());
      } catch (IOException | IllegalStateException e) {
        LOG.warn("cannot end the watch on {}", entry.fd(), e);
      }
    }
  }

  private void run() {
    while (!closed) {
      try {
        List<Epoll.Event> events = epoll.await(untilNextTimer());
        if (events.stream().anyMatch(event -> event.key() == WAKE_KEY)) {
          wake.clear(); // before the tasks, or one that comes meanwhile would wait
        }
        // Before what has come is read: who was attached before it came is to get it.
        for (Runnable task = tasks.poll(); task != null; task = tasks.poll()) {
          guarded(task);
        }
        for (Epoll.Event event : events) {
          Watched entry = watched.get(event.key());
          if (entry != null) {
            guarded(entry.onReady());
          }
        }
        while (!timers.isEmpty() && timers.peek().nanoTime() - System.nanoTime() <= 0) {
          guarded(timers.remove().action());
        }
      } catch (IOException | RuntimeException | OutOfMemoryError e) {
        LOG.error("the log pump goes on after", e);
      }
    }
  }

  /** One container's trouble is not the others'. */
  private static void guarded(Runnable action) {
    try {
      action.run();
    } catch (RuntimeException | OutOfMemoryError e) {
      LOG.error("a container's log failed", e);
    }
  }

  private Duration untilNextTimer() {
    Timer next = timers.peek();
    if (next == null) {
      return LONGEST;
    }
    return Duration.ofNanos(Math.max(0, next.nanoTime() - System.nanoTime()));
  }

  /** Stops the thread; containers' descriptors stay as they are. */
  @Override
  public void close() {
    execute(() -> closed = true);
    try {
      thread.join(Duration.ofSeconds(10));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    epoll.close();
    wake.close();
  }
}
