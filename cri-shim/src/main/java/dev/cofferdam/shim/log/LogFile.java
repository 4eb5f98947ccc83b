package dev.cofferdam.shim.log;

import dev.cofferdam.linux.Fd;
import dev.cofferdam.linux.RootedFiles;
import dev.cofferdam.shim.host.LogPath;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;

/**
 * The file that kubelet reads. Written at positions, never appended to, so that a batch can be
 * written over itself. Owned by the pump's thread.
 */
record LogFile(Path path, Fd file, long inode) implements AutoCloseable {
  // Not blocking: whoever puts a FIFO in the log's place would hold up all containers' logs.
  private static final int FLAGS = Fd.O_WRONLY | Fd.O_CREAT | Fd.O_NONBLOCK | Fd.O_NOCTTY;
  private static final int MODE = 0640;

  static LogFile open(Path path) throws IOException {
    return open(path, FLAGS);
  }

  /**
   * Finds the file that the log was when its inode was noted: at its path, or beside it under the
   * name that kubelet's rotation gave it.
   */
  static Optional<LogFile> find(Path path, long inode) throws IOException {
    if (hasInode(path, inode)) {
      return Optional.of(open(path, FLAGS & ~Fd.O_CREAT));
    }
    Path folder = path.toAbsolutePath().getParent();
    if (folder == null || !Files.isDirectory(folder)) {
      return Optional.empty();
    }
    try (DirectoryStream<Path> rotated =
        Files.newDirectoryStream(
            folder, p -> String.valueOf(p.getFileName()).startsWith(path.getFileName() + "."))) {
      for (Path candidate : rotated) {
        if (hasInode(candidate, inode)) {
          return Optional.of(open(candidate, FLAGS & ~Fd.O_CREAT));
        }
      }
    }
    return Optional.empty();
  }

  private static LogFile open(Path path, int flags) throws IOException {
    LogPath log = LogPath.of(path);
    // A link could lead a privileged writer anywhere.
    Fd file = RootedFiles.openWithoutLinks(log.directory(), log.below().toString(), flags, MODE);
    try {
      Path opened = Path.of("/proc/self/fd/" + file.number());
      if (!Files.isRegularFile(opened)) {
        throw new IOException("log " + path + " is no plain file");
      }
      return new LogFile(path, file, (Long) Files.getAttribute(opened, "unix:ino"));
    } catch (IOException | RuntimeException e) {
      file.close();
      throw e;
    }
  }

  private static boolean hasInode(Path path, long inode) throws IOException {
    try {
      return Files.getAttribute(path, "unix:ino", LinkOption.NOFOLLOW_LINKS).equals(inode);
    } catch (NoSuchFileException e) {
      return false;
    }
  }

  long size() throws IOException {
    return file.size();
  }

  /** Writes all of it, or fails having written a part. */
  void write(ByteBuffer bytes, long position) throws IOException {
    long at = position;
    try {
      while (bytes.hasRemaining()) {
        at += file.write(bytes, at);
      }
    } catch (IOException e) {
      throw new IOException("log " + path + ": " + e.getMessage(), e);
    }
  }

  @Override
  public void close() {
    file.close();
  }
}
