package dev.cofferdam.shim.debug;

import dev.cofferdam.shim.image.TarHeader;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.zip.GZIPOutputStream;

/** Writes pages as a tar archive (ustar, POSIX.1-1988), compressed. */
public final class TarGz {
  private static final int MODE = 0600;

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
        archive.write(TarHeader.of(folder + "/" + page.getKey(), MODE, content.length, atSeconds));
        archive.write(content);
        archive.write(new byte[TarHeader.padding(content.length)]);
      }
      archive.write(new byte[2 * TarHeader.BLOCK]);
    }
  }
}
