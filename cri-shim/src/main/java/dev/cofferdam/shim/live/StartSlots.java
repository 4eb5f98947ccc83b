package dev.cofferdam.shim.live;

import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * How many sandboxes and containers are started at the same time. Starting is work for processors:
 * many more at once than there are of them make each other slower, until deadlines pass (CNI
 * plugins have one), and all hold memory meanwhile. The order is that of arrival.
 *
 * <p>It is a courtesy and not a lock: who has waited for long goes on anyway, so that a few starts
 * that hang hold up nobody for ever. Thread-safe.
 */
public final class StartSlots {
  private static final int PER_PROCESSOR = 3;
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private final Semaphore free;
  private final Duration patience;

  /** As many as suit this machine. */
  public StartSlots() {
    this(Math.max(4, PER_PROCESSOR * Runtime.getRuntime().availableProcessors()), PATIENCE);
  }

  StartSlots(int slots, Duration patience) {
    this.free = new Semaphore(slots, true);
    this.patience = patience;
  }

  /** A slot, or the leave to go without one. */
  public interface Slot extends AutoCloseable {
    @Override
    void close();
  }

  /** Waits for a slot as long as patience lasts. */
  public Slot take() {
    try {
      return free.tryAcquire(patience.toNanos(), TimeUnit.NANOSECONDS) ? free::release : () -> {};
    } catch (InterruptedException e) {
      throw Steps.failure("wait for other pods that are starting", e);
    }
  }

  int free() {
    return free.availablePermits();
  }
}
