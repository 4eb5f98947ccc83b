package dev.cofferdam.shim.front;

import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** Bytes that may be held at once; a share of a larger budget where it has one. Thread-safe. */
final class ByteBudget {
  private final long limit;
  private final @Nullable ByteBudget whole;
  private final AtomicLong used = new AtomicLong();

  ByteBudget(long limit, @Nullable ByteBudget whole) {
    this.limit = limit;
    this.whole = whole;
  }

  /** A part of this budget of which no more than {@code limit} may be used. */
  ByteBudget share(long limit) {
    return new ByteBudget(limit, this);
  }

  /** Takes all of it or nothing. */
  boolean take(long bytes) {
    if (used.addAndGet(bytes) > limit || (whole != null && !whole.take(bytes))) {
      used.addAndGet(-bytes);
      return false;
    }
    return true;
  }

  void giveBack(long bytes) {
    used.addAndGet(-bytes);
    if (whole != null) {
      whole.giveBack(bytes);
    }
  }

  long used() {
    return used.get();
  }
}
