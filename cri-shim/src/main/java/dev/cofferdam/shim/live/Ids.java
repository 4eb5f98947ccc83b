package dev.cofferdam.shim.live;

import java.security.SecureRandom;
import java.util.HexFormat;

/** IDs of sandboxes and containers. */
public final class Ids {
  private static final SecureRandom RANDOM = new SecureRandom();

  private Ids() {}

  /** 64 hexadecimal digits, as containerd's, so that nobody need tell them apart. */
  public static String next() {
    byte[] bytes = new byte[32];
    RANDOM.nextBytes(bytes);
    return HexFormat.of().formatHex(bytes);
  }
}
