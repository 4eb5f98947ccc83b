package dev.cofferdam.microvm;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;

/** A guest image that differs from the real one in its agent, which lies. */
final class LyingImage {
  private static final int HEADER_BYTES = 110;

  private LyingImage() {}

  /**
   * Makes one.
   *
   * @param honest the folder of the real image
   * @param liar an initramfs with the lying agent; dev/lib/liar-image makes it
   * @param lie that it is to tell
   */
  static Path make(Path folder, Path honest, Path liar, String lie) throws IOException {
    Files.createDirectories(folder);
    ByteArrayOutputStream initramfs = new ByteArrayOutputStream();
    initramfs.write(Files.readAllBytes(liar));
    entry(initramfs, "lie", 0100644, lie.getBytes(StandardCharsets.US_ASCII));
    entry(initramfs, "TRAILER!!!", 0, new byte[0]);
    Files.write(folder.resolve("initramfs.cpio"), initramfs.toByteArray());
    List<String> files = new ArrayList<>();
    for (String name : List.of("vmlinux", "modules.erofs", "initramfs.cpio")) {
      Path file = folder.resolve(name);
      if (!Files.exists(file)) {
        Files.createSymbolicLink(file, honest.resolve(name).toAbsolutePath());
      }
      files.add("\"%s\": {\"sha256\": \"%s\"}".formatted(name, sha256(file)));
    }
    Files.writeString(
        folder.resolve("manifest.json"),
        "{\"version\": 1, \"files\": {%s}}".formatted(String.join(", ", files)));
    return folder;
  }

  /** In the kernel's format "newc"; archives may follow each other. */
  private static void entry(ByteArrayOutputStream out, String name, int mode, byte[] content)
      throws IOException {
    long[] fields = {9000, mode, 0, 0, 1, 0, content.length, 0, 0, 0, 0, name.length() + 1, 0};
    StringBuilder header = new StringBuilder("070701");
    for (long field : fields) {
      header.append(String.format(Locale.ROOT, "%08X", field));
    }
    out.write((header + name + "\0").getBytes(StandardCharsets.US_ASCII));
    pad(out, HEADER_BYTES + name.length() + 1);
    out.write(content);
    pad(out, content.length);
  }

  private static void pad(ByteArrayOutputStream out, int size) throws IOException {
    out.write(new byte[(4 - size % 4) % 4]);
  }

  private static String sha256(Path file) throws IOException {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      return HexFormat.of().formatHex(digest.digest(Files.readAllBytes(file)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e); // every Java has it
    }
  }
}
