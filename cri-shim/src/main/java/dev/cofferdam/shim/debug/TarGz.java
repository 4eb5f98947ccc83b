package dev.cofferdam.shim.debug;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.zip.GZIPOutputStream;

/** Writes pages as a tar archive (ustar, POSIX.1-1988), compressed. */
public final class TarGz {
  private static final int BLOCK = 512;
  private static final int LONGEST_NAME = 100;

  private TarGz() {}

  /**
   * Writes all of it and closes.
   *
   * @param folder in which the pages lie in the archive
   * @param atSeconds when they were made, since the epoch
   */
  public static void write(
      OutputStream out, String folder, Map<String, String> pages, long atSeconds)
      throws IOException {
    try (GZIPOutputStream archive = new GZIPOutputStream(out)) {
      for (Map.Entry<String, String> page : pages.entrySet()) {
        byte[] content = page.getValue().getBytes(StandardCharsets.UTF_8);
        archive.write(header(folder + "/" + page.getKey(), content.length, atSeconds));
        archive.write(content);
        archive.write(new byte[(BLOCK - content.length % BLOCK) % BLOCK]);
      }
      archive.write(new byte[2 * BLOCK]);
    }
  }

  private static byte[] header(String name, int size, long atSeconds) throws IOException {
    byte[] header = new byte[BLOCK];
    byte[] path = name.getBytes(StandardCharsets.UTF_8);
    if (path.length > LONGEST_NAME) {
      throw new IOException("the name " + name + " is too long for the archive");
    }
    put(header, 0, path);
    octal(header, 100, 8, 0600);
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

  private static void octal(byte[] header, int at, int length, long value) {
    String digits = "%0".concat(Integer.toString(length - 1)).concat("o").formatted(value);
    put(header, at, digits.getBytes(StandardCharsets.US_ASCII));
    header[at + length - 1] = 0;
  }

  private static void put(byte[] header, int at, byte[] bytes) {
    System.arraycopy(bytes, 0, header, at, bytes.length);
  }
}
