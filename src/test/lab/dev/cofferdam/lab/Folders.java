package dev.cofferdam.lab;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Deleting folders. */
final class Folders {
  private Folders() {}

  /**
   * Deletes a folder and all in it, without following links; nothing when it is not there. Deletes
   * nothing while something is mounted below: that may be this machine's own.
   */
  static void delete(Path folder) throws IOException {
    if (!Files.exists(folder)) {
      return;
    }
    Path whole = folder.toRealPath();
    try (Stream<String> mounts = Files.lines(Path.of("/proc/self/mounts"))) {
      Optional<String> below =
          mounts.filter(line -> Path.of(line.split(" ", 3)[1]).startsWith(whole)).findFirst();
      if (below.isPresent()) {
        throw new IOException(whole + " is not deleted: mounted there is " + below.get());
      }
    }
    Files.walkFileTree(
        folder,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            Files.delete(file);
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult postVisitDirectory(Path directory, @Nullable IOException failure)
              throws IOException {
            if (failure != null) {
              throw failure;
            }
            Files.delete(directory);
            return FileVisitResult.CONTINUE;
          }
        });
  }
}
