package dev.cofferdam.sandbox;

import java.time.Duration;

/** A point in time by which a call must be done. Immutable; measured on the monotonic clock. */
public record Deadline(long nanoTime) {

  public static Deadline after(Duration timeout) {
    return new Deadline(System.nanoTime() + timeout.toNanos());
  }

  /** What is left; zero once the deadline has passed. */
  public Duration remaining() {
    return Duration.ofNanos(Math.max(0, nanoTime - System.nanoTime()));
  }

  public boolean passed() {
    return nanoTime - System.nanoTime() <= 0;
  }

  /** The earlier of this deadline and {@code timeout} from now. */
  public Deadline atMost(Duration timeout) {
    Deadline other = after(timeout);
    return other.nanoTime - nanoTime < 0 ? other : this;
  }
}
