package dev.cofferdam.shim.install;

import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.SandboxException;
import dev.cofferdam.shim.install.host.HostFiles;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;

/** A node has one installer at a time. The kernel's lock, so that it ends with the process. */
final class NodeLock implements AutoCloseable {
  private static final String FILE = "/run/cofferdam-install.lock";

  private final Path file;
  private final FileChannel channel;

  private NodeLock(Path file, FileChannel channel) {
    this.file = file;
    this.channel = channel;
  }

  /**
   * Takes it.
   *
   * @throws SandboxException WRONG_STATE when another installer is at work
   */
  static NodeLock take(HostFiles files) throws IOException {
    Path file = files.at(FILE);
    while (true) {
      FileChannel channel =
          FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
      if (!lock(channel)) {
        channel.close();
        throw new SandboxException(
            ErrorCode.WRONG_STATE, "another installer is at work on this node; wait for its end");
      }
      if (isStill(file, channel)) {
        return new NodeLock(file, channel);
      }
      channel.close();
    }
  }

  private static boolean lock(FileChannel channel) throws IOException {
    try {
      return channel.tryLock() != null;
    } catch (OverlappingFileLockException inThisProcess) {
      return false;
    }
  }

  /** Who had it before has removed the file, perhaps after we opened it. */
  private static boolean isStill(Path file, FileChannel channel) throws IOException {
    byte[] mark =
        Long.toString(System.nanoTime() ^ ProcessHandle.current().pid())
            .getBytes(StandardCharsets.US_ASCII);
    channel.truncate(0);
    channel.write(ByteBuffer.wrap(mark), 0);
    try {
      return Arrays.equals(Files.readAllBytes(file), mark);
    } catch (NoSuchFileException removed) {
      return false;
    }
  }

  @Override
  public void close() throws IOException {
    Files.deleteIfExists(file);
    channel.close();
  }
}
