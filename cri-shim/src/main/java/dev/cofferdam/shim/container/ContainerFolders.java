package dev.cofferdam.shim.container;

import dev.cofferdam.shim.host.HostPaths;
import dev.cofferdam.shim.state.ContainerRecord;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;

/** A container's folders outside its record's, for its root's mount and its streams. */
record ContainerFolders(HostPaths paths) {

  void make(ContainerRecord container) throws IOException {
    Files.createDirectories(paths.streams(container.id()));
    if (container.logFile().isPresent()) {
      // As containerd does: kubelet makes it, crictl does not.
      Files.createDirectories(
          Objects.requireNonNull(container.logFile().get().toAbsolutePath().getParent()));
    }
  }

  /** Nothing when they are not there. */
  void remove(String containerId) throws IOException {
    removeWithFiles(paths.streams(containerId));
    Files.deleteIfExists(paths.rootFilesystem(containerId));
    Files.deleteIfExists(paths.container(containerId));
  }

  /** With what a shim that died while it made or finished the container's streams left in it. */
  private static void removeWithFiles(Path folder) throws IOException {
    if (Files.isDirectory(folder)) {
      try (DirectoryStream<Path> left = Files.newDirectoryStream(folder)) {
        for (Path file : left) {
          Files.deleteIfExists(file);
        }
      }
    }
    Files.deleteIfExists(folder);
  }
}
