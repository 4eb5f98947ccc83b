package dev.cofferdam.shim.host;

import java.nio.file.Path;

/**
 * A log's path that remembers where the pod's log directory ends: with a {@code .} in between, as
 * rsync marks such a place. What is above it is kubelet's to arrange, links too; what is below may
 * be within reach of a pod that mounts the node's logs, so no link is followed there. A path
 * without the mark is taken for a file in its folder.
 */
public record LogPath(Path directory, Path below) {
  private static final String MARK = ".";

  /** The path to keep. */
  public static Path marked(String directory, String below) {
    return Path.of(directory).normalize().resolve(MARK).resolve(Path.of(below).normalize());
  }

  /** Reads a path that was kept. */
  public static LogPath of(Path path) {
    for (int i = 1; i < path.getNameCount() - 1; i++) {
      if (path.getName(i).toString().equals(MARK)) {
        Path above = path.subpath(0, i);
        Path root = path.getRoot();
        return new LogPath(
            root == null ? above : root.resolve(above), path.subpath(i + 1, path.getNameCount()));
      }
    }
    Path name = path.getFileName();
    Path folder = path.toAbsolutePath().getParent();
    if (name == null || folder == null) {
      throw new IllegalArgumentException(path + " is no path of a log");
    }
    return new LogPath(folder, name);
  }
}
