package dev.cofferdam.shim.container;

import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.SandboxException;
import dev.cofferdam.shim.host.HostPaths;
import dev.cofferdam.shim.host.LogPath;
import dev.cofferdam.shim.state.ContainerRecord;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;

/** A container's folders outside its record's, for its root's mount and its streams. */
record ContainerFolders(HostPaths paths) {

  void make(ContainerRecord container) throws IOException {
    Files.createDirectories(paths.streams(container.id()));
    if (container.logFile().isPresent()) {
      // As containerd does: kubelet makes it, crictl does not.
      makeFolders(LogPath.of(container.logFile().get()));
    }
  }

  /** Below the pod's log directory no link is followed, for whoever can put one there. */
  private static void makeFolders(LogPath log) throws IOException {
    Files.createDirectories(log.directory());
    Path folder = log.directory();
    for (Path name : log.below()) {
      if (!folder.equals(log.directory()) && Files.isSymbolicLink(folder)) {
        throw new SandboxException(
            ErrorCode.WRONG_STATE,
            "config.log_path: " + folder + " is a symbolic link, which may lead anywhere");
      }
      if (!Files.isDirectory(folder)) {
        Files.createDirectory(folder);
      }
      folder = folder.resolve(name);
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
