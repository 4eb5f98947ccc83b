package dev.cofferdam.shim.live;

import java.time.Instant;

/** Points in time as CRI counts them. */
public final class Clocks {
  private Clocks() {}

  /** Nanoseconds since the epoch. */
  public static long nanos(Instant instant) {
    return Math.addExact(
        Math.multiplyExact(instant.getEpochSecond(), 1_000_000_000L), instant.getNano());
  }

  /** Now. */
  public static long nanos() {
    return nanos(Instant.now());
  }
}
