package dev.cofferdam.shim.stream;

import java.io.IOException;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The threads of running sessions, so that a closing server can wait for them. Thread-safe. */
final class Sessions {
  private static final Logger LOG = LoggerFactory.getLogger(Sessions.class);

  /** What a session does on its thread. */
  @FunctionalInterface
  interface Body {
    void run() throws InterruptedException, IOException;
  }

  private final Set<Thread> running = ConcurrentHashMap.newKeySet();

  void start(String name, Body body) {
    Thread thread = Thread.ofVirtual().name(name).unstarted(() -> runAndForget(body));
    running.add(thread);
    thread.start();
  }

  private void runAndForget(Body body) {
    try {
      body.run();
    } catch (InterruptedException _) {
      // The server closes: nobody is there to be told.
    } catch (IOException e) {
      LOG.debug("a session ended with its client: {}", e.toString());
    } catch (RuntimeException e) {
      LOG.error("a session ended by a defect", e);
    } finally {
      running.remove(Thread.currentThread());
    }
  }

  /** Whether all have ended within the time given. */
  boolean await(Duration timeout) throws InterruptedException {
    long deadline = System.nanoTime() + timeout.toNanos();
    for (Thread thread : running) {
      long left = deadline - System.nanoTime();
      if (left <= 0 || !thread.join(Duration.ofNanos(left))) {
        return running.isEmpty();
      }
    }
    return true;
  }

  void interrupt() {
    running.forEach(Thread::interrupt);
  }
}
