package dev.cofferdam.shim.live;

import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A record in memory and on disk. Reading never waits for the disk. Thread-safe.
 *
 * @param <R> an immutable record
 */
final class Recorded<R> {
  private static final Logger LOG = LoggerFactory.getLogger(Recorded.class);

  private final Consumer<R> disk;
  private volatile R value;
  private boolean forgotten;
  private boolean behind;

  /**
   * @param value what the disk holds already
   * @param disk writes it
   */
  Recorded(R value, Consumer<R> disk) {
    this.value = value;
    this.disk = disk;
  }

  R get() {
    return value;
  }

  /** Before an act: first the disk, then memory; when the disk refuses neither changes. */
  synchronized R announce(UnaryOperator<R> change) {
    R next = change.apply(value);
    if (!forgotten) {
      disk.accept(next);
      behind = false;
    }
    value = next;
    return next;
  }

  /** After the fact: it is true whatever the disk says, so a failed write is made up for later. */
  synchronized R observe(UnaryOperator<R> change) {
    value = change.apply(value);
    behind = true;
    catchUp();
    return value;
  }

  /** Writes what could not be written when it was observed. */
  synchronized void catchUp() {
    if (forgotten || !behind) {
      return;
    }
    try {
      disk.accept(value);
      behind = false;
    } catch (RuntimeException e) {
      LOG.warn("what was observed is not on disk yet: {}", e.getMessage());
    }
  }

  /** From now on nothing is written: the folder is about to go. */
  synchronized void forget() {
    forgotten = true;
  }
}
