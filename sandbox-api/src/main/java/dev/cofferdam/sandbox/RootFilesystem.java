package dev.cofferdam.sandbox;

import java.nio.file.Path;

/** What a container's process sees as its root. */
public sealed interface RootFilesystem {

  /** A folder of the host, mounted by the shim before the container is made. */
  record Directory(Path path) implements RootFilesystem {}
}
