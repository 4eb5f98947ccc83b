package dev.cofferdam.shim.front;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;

/**
 * The socket's file: bound under another name, closed to everybody but root, then renamed into
 * place, so that no one ever finds it half-made and a stale one is replaced without a gap.
 */
public final class ListeningSocket implements AutoCloseable {
  private final Path socket;
  private final FileChannel lock;

  private ListeningSocket(Path socket, FileChannel lock) {
    this.socket = socket;
    this.lock = lock;
  }

  /**
   * Makes the place ready for a socket, which from then on is this process's alone.
   *
   * @throws IOException also when another process serves there
   */
  public static ListeningSocket claim(Path socket) throws IOException {
    Path folder = socket.toAbsolutePath().getParent();
    if (folder == null) {
      throw new IOException(socket + " cannot be a socket: it names no file");
    }
    Files.createDirectories(folder);
    // Held until the process ends: two shims that start at once must not both find the place free.
    FileChannel lock =
        FileChannel.open(
            folder.resolve(socket.getFileName() + ".lock"),
            StandardOpenOption.CREATE,
            StandardOpenOption.WRITE);
    if (!isFree(lock) || isServed(socket)) {
      lock.close();
      throw new IOException("another process serves " + socket + "; stop it first");
    }
    Files.deleteIfExists(unready(socket));
    return new ListeningSocket(socket, lock);
  }

  /** Where to bind. */
  static Path unready(Path socket) {
    return socket.resolveSibling(socket.getFileName() + ".new");
  }

  /** To be called once bound: from now on callers find it. */
  void publish() throws IOException {
    Path unready = unready(socket);
    Files.setPosixFilePermissions(unready, PosixFilePermissions.fromString("rw-------"));
    Files.move(
        unready, socket, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }

  private static boolean isFree(FileChannel lock) throws IOException {
    try {
      return lock.tryLock() != null;
    } catch (OverlappingFileLockException heldByThisProcess) {
      return false;
    }
  }

  private static boolean isServed(Path socket) throws IOException {
    if (!Files.exists(socket)) {
      return false;
    }
    try (SocketChannel probe = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      probe.configureBlocking(false);
      probe.connect(UnixDomainSocketAddress.of(socket));
      return true;
    } catch (IOException nobodyListens) {
      return false;
    }
  }

  /** Takes the socket away, and lets others have the place. May be repeated. */
  @Override
  public void close() throws IOException {
    if (!lock.isOpen()) {
      return;
    }
    Files.deleteIfExists(unready(socket));
    Files.deleteIfExists(socket);
    lock.close();
  }
}
