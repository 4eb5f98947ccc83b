package dev.cofferdam.microvm;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/** A guest image that differs from the real one in its agent, which lies. */
final class LyingImage {
  private LyingImage() {}

  /**
   * Makes one.
   *
   * @param honest the folder of the real image
   * @param liar an initramfs with the lying agent, and beside it what names each lie;
   *     dev/lib/liar-image makes them
   * @param lie that it is to tell
   */
  static Path make(Path folder, Path honest, Path liar, String lie) throws IOException {
    Files.createDirectories(folder);
    ByteArrayOutputStream initramfs = new ByteArrayOutputStream();
    initramfs.write(Files.readAllBytes(liar));
    initramfs.write(Files.readAllBytes(liar.resolveSibling(lie + ".cpio")));
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

  private static String sha256(Path file) throws IOException {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      return HexFormat.of().formatHex(digest.digest(Files.readAllBytes(file)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e); // every Java has it
    }
  }
}
