package dev.cofferdam.lab;

import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The images that {@code dev/lib/build-images} made from Debian packages, as a registry's storage
 * folder.
 */
final class Images {
  static final String SANDBOX = "registry.k8s.io/pause:3.10";

  private Images() {}

  static Path storage(LabDirectories directories) {
    Path current = directories.cache().resolve("images");
    if (!Files.isDirectory(current)) {
      throw new LabException(current + " is missing: run dev/lib/build-images");
    }
    return current;
  }
}
