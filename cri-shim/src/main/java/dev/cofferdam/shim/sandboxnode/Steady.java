package dev.cofferdam.shim.sandboxnode;

import org.jspecify.annotations.Nullable;

/**
 * Measured numbers never come out the same twice. So that a status is written only when something
 * has changed, one that was told is told again while the new one is close to it.
 */
final class Steady {
  private Steady() {}

  /**
   * The number to tell.
   *
   * @param told before; null: none
   * @param measured now; null: not
   * @param share how far off the told one may be, as a share of it
   * @param least differences below this are none
   */
  static @Nullable Long of(@Nullable Long told, @Nullable Long measured, double share, long least) {
    if (told == null || measured == null) {
      return measured == null ? told : measured;
    }
    long off = Math.abs(measured - told);
    return (double) off <= Math.max((double) least, (double) told * share) ? told : measured;
  }
}
