package dev.cofferdam.sandbox.testing;

import java.time.Duration;

/**
 * How long tests wait: on a machine that is emulated itself, several times as long as elsewhere.
 */
public final class Patience {
  private static final int FACTOR = Integer.getInteger("cofferdam.patience", 1);

  private Patience() {}

  /** As long as this machine needs for what is done in this time elsewhere. */
  public static Duration of(Duration usual) {
    return usual.multipliedBy(FACTOR);
  }
}
