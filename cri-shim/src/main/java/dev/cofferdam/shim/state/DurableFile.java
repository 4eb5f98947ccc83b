package dev.cofferdam.shim.state;

import static java.nio.file.StandardCopyOption.ATOMIC_MOVE;
import static java.nio.file.StandardCopyOption.REPLACE_EXISTING;
import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.TRUNCATE_EXISTING;
import static java.nio.file.StandardOpenOption.WRITE;

import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.SandboxException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;

/** Files that are there in full or not at all, whenever the power goes. */
public final class DurableFile {
  // A full disk can be told by its free space alone, where the system's message is localized.
  private static final long SPARE_BYTES = 64 * 1024;

  private DurableFile() {}

  /**
   * Replaces a file. Once this returns the new content survives a crash of the node; when it fails
   * the old content is still there, and nothing else.
   *
   * @throws SandboxException RESOURCE_EXHAUSTED when the disk is full, INTERNAL otherwise
   */
  public static void replace(Path file, byte[] content) {
    replace(file, content, true);
  }

  /**
   * Replaces a file with what is of use to this boot of the node only, and so does not wait for the
   * disk. It survives whatever happens to processes; after a power cut the file may be the old one,
   * or broken.
   */
  static void replaceForThisBoot(Path file, byte[] content) {
    replace(file, content, false);
  }

  /**
   * Makes a file and the folder for it, which were not there. Once this returns both survive a
   * crash of the node. Whatever happens to processes, the file is there in full or not at all; a
   * power cut meanwhile may leave it broken: with no old content to lose, all of it is brought to
   * the disk together, in one write of a file system's journal instead of three.
   *
   * @throws SandboxException as {@link #replace(Path, byte[])}
   */
  static void createWithFolder(Path file, byte[] content) {
    Path folder = parent(file);
    Path temporary = temporary(file);
    try {
      Files.createDirectories(folder);
      try (FileChannel channel = write(temporary, content)) {
        Files.move(temporary, file, ATOMIC_MOVE);
        channel.force(true);
      }
      sync(folder);
      sync(parent(folder));
    } catch (IOException e) {
      throw failure("write " + file, folder, content.length, e);
    }
  }

  private static FileChannel write(Path file, byte[] content) throws IOException {
    FileChannel channel = FileChannel.open(file, CREATE, WRITE, TRUNCATE_EXISTING);
    try {
      ByteBuffer bytes = ByteBuffer.wrap(content);
      while (bytes.hasRemaining()) {
        channel.write(bytes);
      }
      return channel;
    } catch (IOException e) {
      channel.close();
      throw e;
    }
  }

  private static void replace(Path file, byte[] content, boolean lasting) {
    Path folder = parent(file);
    Path temporary = temporary(file);
    try {
      try (FileChannel channel = write(temporary, content)) {
        if (lasting) {
          channel.force(true);
        }
      }
      Files.move(temporary, file, ATOMIC_MOVE, REPLACE_EXISTING);
      if (lasting) {
        sync(folder);
      }
    } catch (IOException e) {
      SandboxException failure = failure("write " + file, folder, content.length, e);
      try {
        Files.deleteIfExists(temporary);
      } catch (IOException leftover) {
        failure.addSuppressed(leftover);
      }
      throw failure;
    }
  }

  /** Removes a file for good, and what a {@link #replace} that was killed has left of it. */
  public static void remove(Path file) throws IOException {
    boolean wasBegun = Files.deleteIfExists(temporary(file));
    boolean wasThere = Files.deleteIfExists(file);
    if (wasBegun || wasThere) {
      sync(parent(file));
    }
  }

  private static Path temporary(Path file) {
    return file.resolveSibling("." + file.getFileName() + ".new");
  }

  /** Makes what happened to the names in a folder last. */
  public static void sync(Path folder) throws IOException {
    try (FileChannel channel = FileChannel.open(folder, READ)) {
      channel.force(true);
    }
  }

  static SandboxException failure(String tried, Path folder, long bytes, IOException cause) {
    if (isFull(folder, bytes, cause)) {
      return new SandboxException(
          ErrorCode.RESOURCE_EXHAUSTED,
          "could not " + tried + ": no space left in " + folder + "; free some, then repeat",
          cause);
    }
    return new SandboxException(ErrorCode.INTERNAL, "could not " + tried + ": " + cause, cause);
  }

  private static boolean isFull(Path folder, long bytes, IOException cause) {
    String message = String.valueOf(cause.getMessage());
    if (message.contains("No space left") || message.contains("quota exceeded")) {
      return true;
    }
    try {
      return Files.getFileStore(folder).getUsableSpace() < bytes + SPARE_BYTES;
    } catch (IOException unknown) {
      return false;
    }
  }

  private static Path parent(Path file) {
    Path parent = file.getParent();
    if (parent == null) {
      throw new IllegalArgumentException(file + " has no folder");
    }
    return parent;
  }
}
