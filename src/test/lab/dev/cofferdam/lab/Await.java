package dev.cofferdam.lab;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/** Waiting for a condition, with a deadline. */
final class Await {
  private static final Duration PAUSE = Duration.ofMillis(50);

  private Await() {}

  /** Asks until the condition holds; false when the timeout passed first. */
  static boolean holds(Duration timeout, BooleanSupplier condition) {
    long deadline = System.nanoTime() + timeout.toNanos();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() > deadline || Thread.currentThread().isInterrupted()) {
        return false;
      }
      LockSupport.parkNanos(PAUSE.toNanos());
    }
    return true;
  }

  /** Asks until the condition holds, or throws with the message. */
  static void until(Duration timeout, BooleanSupplier condition, Supplier<String> message) {
    if (!holds(timeout, condition)) {
      throw new LabException(message.get() + " (after " + timeout.toSeconds() + " s)");
    }
  }
}
