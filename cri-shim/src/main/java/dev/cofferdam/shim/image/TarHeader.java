package dev.cofferdam.shim.image;

import java.nio.charset.StandardCharsets;

/** The header of a file in a tar archive (ustar, POSIX.1-1988). */
public final class TarHeader {
  /** Headers are as long, and files are filled up to a multiple of it. */
  public static final int BLOCK = 512;

  private static final int LONGEST_NAME = 100;

  private TarHeader() {}

  /**
   * Of a file of root's.
   *
   * @param atSeconds when it was last changed, since the epoch
   * @throws IllegalArgumentException for a name of more than 100 bytes
   */
  public static byte[] of(String name, int mode, int size, long atSeconds) {
    byte[] header = new byte[BLOCK];
    byte[] path = name.getBytes(StandardCharsets.UTF_8);
    if (path.length > LONGEST_NAME) {
      throw new IllegalArgumentException("the name " + name + " is too long for the archive");
    }
    put(header, 0, path);
    octal(header, 100, 8, mode);
    octal(header, 108, 8, 0);
    octal(header, 116, 8, 0);
    octal(header, 124, 12, size);
    octal(header, 136, 12, atSeconds);
    header[156] = '0';
    put(header, 257, "ustar\000".getBytes(StandardCharsets.US_ASCII));
    put(header, 263, "00".getBytes(StandardCharsets.US_ASCII));
    // The checksum is made with its own field blank.
    put(header, 148, "        ".getBytes(StandardCharsets.US_ASCII));
    int sum = 0;
    for (byte each : header) {
      sum += each & 0xff;
    }
    octal(header, 148, 7, sum);
    return header;
  }

  /** How many bytes follow a file of this size until the next header. */
  public static int padding(int size) {
    return (BLOCK - size % BLOCK) % BLOCK;
  }

  private static void octal(byte[] header, int at, int length, long value) {
    String digits = "%0".concat(Integer.toString(length - 1)).concat("o").formatted(value);
    put(header, at, digits.getBytes(StandardCharsets.US_ASCII));
    header[at + length - 1] = 0;
  }

  private static void put(byte[] header, int at, byte[] bytes) {
    System.arraycopy(bytes, 0, header, at, bytes.length);
  }
}
