package dev.cofferdam.microvm.monitor;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Locale;

/**
 * Empty image slots: files whose first bytes say which slot it is, so that a guest finds its slots
 * whatever order a monitor has its drives in. All slots and images have the same size, for QEMU
 * does not tell a guest that a drive's size has changed.
 */
public final class Slots {

  /** No image is larger. The files are sparse. */
  public static final long SIZE_BYTES = 16L << 30;

  private Slots() {}

  /** The content of an empty slot, shared by all machines; made if it isn't there. */
  public static Path placeholder(Path folder, int slot) throws IOException {
    Path file = folder.resolve(String.format(Locale.ROOT, "slot-%02d", slot));
    if (!Files.exists(file)) {
      Files.createDirectories(folder);
      Path part = Files.createTempFile(folder, "slot", ".part");
      try (RandomAccessFile made = new RandomAccessFile(part.toFile(), "rw")) {
        made.write(
            String.format(Locale.ROOT, "cofferdam-slot %02d\n", slot)
                .getBytes(StandardCharsets.US_ASCII));
        made.setLength(SIZE_BYTES);
      }
      Files.setPosixFilePermissions(
          part, java.nio.file.attribute.PosixFilePermissions.fromString("r--r--r--"));
      Files.move(part, file, StandardCopyOption.ATOMIC_MOVE);
    }
    return file;
  }
}
