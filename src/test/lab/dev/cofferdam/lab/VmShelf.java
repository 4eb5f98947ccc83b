package dev.cofferdam.lab;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * A disk of the virtual machine that it only reads, and whose content is written from outside: what
 * goes over the network, an emulated processor takes minutes for.
 */
final class VmShelf {
  private static final long BYTES = 2L << 30;
  private static final String DEVICE = "/dev/vdc";

  private final Path folder;
  private final VmShell inside;

  VmShelf(Path folder, VmShell inside) {
    this.folder = folder;
    this.inside = inside;
  }

  Path file() {
    return folder.resolve("shelf.img");
  }

  /** Before the machine starts: it takes the disk's size for lasting. */
  void prepare() throws IOException {
    try (RandomAccessFile file = new RandomAccessFile(file().toFile(), "rw")) {
      file.setLength(BYTES);
    }
  }

  void show(Duration timeout, Path content, String at) {
    inside
        .run(timeout, "while grep -q '^%1$s ' /proc/mounts; do umount %1$s; done".formatted(DEVICE))
        .orThrow();
    // Without a journal, for there is nobody to replay it.
    Command.run(
            timeout,
            List.of(
                "mkfs.ext4",
                "-q",
                "-F",
                "-m",
                "0",
                "-O",
                "^has_journal",
                "-E",
                "nodiscard",
                "-d",
                content.toString(),
                file().toString()))
        .orThrow();
    // What the machine still remembers of the disk is of before.
    inside
        .run(
            timeout,
            "mkdir -p '%1$s' && blockdev --flushbufs %2$s && mount -o ro %2$s '%1$s'"
                .formatted(at, DEVICE))
        .orThrow();
  }
}
