package dev.cofferdam.microvm.volume;

import dev.cofferdam.microvm.Failures;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;

/** IDs that follow from what a volume is, so that nothing has to be remembered. */
final class VolumeIds {
  private static final int DIGEST_BYTES = 10;

  private VolumeIds() {}

  /**
   * @param how whatever else tells two volumes of the same files apart
   */
  static String of(String kind, String how, List<Path> files) {
    StringBuilder text = new StringBuilder(kind).append('\n').append(how);
    for (Path file : files) {
      text.append('\n').append(identity(file)).append(' ').append(file);
    }
    return kind + "-" + digest(text.toString());
  }

  private static String identity(Path file) {
    try {
      return Files.getAttribute(file, "unix:dev") + ":" + Files.getAttribute(file, "unix:ino");
    } catch (IOException e) {
      throw Failures.io("looking at " + file, e);
    }
  }

  static String digest(String text) {
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(digest, 0, DIGEST_BYTES);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }
}
