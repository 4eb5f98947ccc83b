package dev.cofferdam.shim.stream;

import java.util.Arrays;
import java.util.Base64;

/** Decodes one base64 text that comes in pieces cut anywhere. Not thread-safe. */
final class Base64Fragments {
  private byte[] rest = {};

  /** Begins the next text. */
  void reset() {
    rest = new byte[0];
  }

  /**
   * The bytes of all whole groups so far that were not returned before.
   *
   * @throws IllegalArgumentException if it is no base64
   */
  byte[] decode(byte[] piece) {
    byte[] all = Arrays.copyOf(rest, rest.length + piece.length);
    System.arraycopy(piece, 0, all, rest.length, piece.length);
    int whole = all.length - all.length % 4;
    rest = Arrays.copyOfRange(all, whole, all.length);
    return Base64.getDecoder().decode(Arrays.copyOf(all, whole));
  }

  static String encode(byte[] bytes, int offset, int count) {
    return Base64.getEncoder().encodeToString(Arrays.copyOfRange(bytes, offset, offset + count));
  }
}
