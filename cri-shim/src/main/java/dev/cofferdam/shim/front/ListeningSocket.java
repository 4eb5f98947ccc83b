package dev.cofferdam.shim.front;

import dev.cofferdam.linux.Fd;
import dev.cofferdam.linux.UnixSockets;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The socket and its file: bound under another name, closed to everybody but root, then renamed
 * into place, so that no one ever finds it half-made and a stale one is replaced without a gap. A
 * socket that somebody kept open while no shim ran is served on: who connected meanwhile waits in
 * it.
 */
public final class ListeningSocket implements AutoCloseable {
  /** Kubelet, crictl and what waits while a shim is started; the kernel has a limit of its own. */
  private static final int BACKLOG = 1024;

  private final Path socket;
  private final FileChannel lock;
  private @Nullable Fd listening;
  private boolean leftToOthers;

  private ListeningSocket(Path socket, FileChannel lock) {
    this.socket = socket;
    this.lock = lock;
  }

  /**
   * Makes the place this process's alone; nobody is served yet.
   *
   * @throws IOException also when another shim has it
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
    if (!isFree(lock)) {
      lock.close();
      throw served(socket);
    }
    return new ListeningSocket(socket, lock);
  }

  /**
   * From now on callers find it.
   *
   * @param kept a descriptor of what is bound there, see {@link #mark}; it is closed with this
   * @throws IOException when the socket cannot be made, or a process of another kind serves there
   */
  public void open(Optional<Fd> kept) throws IOException {
    if (kept.isPresent()) {
      listening = kept.get();
      return;
    }
    if (isServed(socket)) {
      throw served(socket);
    }
    Path unready = unready(socket);
    Files.deleteIfExists(unready);
    listening = UnixSockets.listen(unready, BACKLOG);
    Files.setPosixFilePermissions(unready, PosixFilePermissions.fromString("rw-------"));
    Files.move(
        unready, socket, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }

  /** Tells the file that is there now from any that was bound before; empty when there is none. */
  public Optional<String> mark() throws IOException {
    try {
      Map<String, Object> file = Files.readAttributes(socket, "unix:dev,ino");
      return Optional.of(file.get("dev") + "." + file.get("ino"));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
  }

  /** What is listened on. */
  public Fd listening() {
    Fd open = listening;
    if (open == null) {
      throw new IllegalStateException(socket + " is not open yet");
    }
    return open;
  }

  /** On {@link #close} the file stays: somebody else has the socket open too. */
  public void leaveToOthers(boolean leave) {
    leftToOthers = leave;
  }

  static Path unready(Path socket) {
    return socket.resolveSibling(socket.getFileName() + ".new");
  }

  private static IOException served(Path socket) {
    return new IOException("another process serves " + socket + "; stop it first");
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
    Fd open = listening;
    if (open != null) {
      open.close();
      if (!leftToOthers) {
        Files.deleteIfExists(unready(socket));
        Files.deleteIfExists(socket);
      }
    }
    lock.close();
  }
}
