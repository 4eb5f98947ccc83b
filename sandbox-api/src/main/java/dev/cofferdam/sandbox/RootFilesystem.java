package dev.cofferdam.sandbox;

import java.nio.file.Path;

/** What a container's process sees as its root. */
public sealed interface RootFilesystem {

  /** A folder of the host, through which the image and what is written over it can be seen. */
  Path path();

  /** A folder of the host, mounted by the shim before the container is made; writable. */
  record Directory(Path path) implements RootFilesystem {}

  /**
   * An image that no container writes to: the backend gives each container a writable layer of its
   * own. For backends with {@link Capabilities.Feature#ROOT_FROM_IMAGE}.
   *
   * @param chainId names the stack of layers, such as {@code sha256:…}: the same name, the same
   *     files
   * @param path where the shim has mounted it, read-only, for as long as the container is there
   */
  record Image(String chainId, Path path) implements RootFilesystem {}
}
