package dev.cofferdam.shim.state;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A folder that one shim has to itself, for as long as its process lives: two would each take the
 * other's pods for leftovers. Thread-safe.
 */
public final class FolderLock implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(FolderLock.class);

  // The kernel's locks are a process's: it would let go of all of them with the first that closes.
  private static final Set<Path> HELD = ConcurrentHashMap.newKeySet();

  private final Path file;
  private @Nullable FileChannel channel;

  private FolderLock(Path file, @Nullable FileChannel channel) {
    this.file = file;
    this.channel = channel;
  }

  /**
   * Takes a folder, which is made where it is missing. One that cannot be written to is nobody's:
   * whoever needs it says so better.
   *
   * @param name of the lock in it
   * @throws IOException when another shim has it
   */
  public static FolderLock take(Path folder, String name) throws IOException {
    Path file = folder.toAbsolutePath().normalize().resolve(name);
    if (!HELD.add(file)) {
      throw held(folder);
    }
    FileChannel channel = null;
    try {
      Files.createDirectories(folder);
      channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
      if (channel.tryLock() != null) {
        return new FolderLock(file, channel);
      }
    } catch (IOException e) {
      LOG.warn("{} cannot be locked: {}", folder, e.toString());
      return new FolderLock(file, channel);
    }
    channel.close();
    HELD.remove(file);
    throw held(folder);
  }

  private static IOException held(Path folder) {
    return new IOException(
        "another shim works on " + folder + "; stop it first, or give this one folders of its own");
  }

  /** Lets others have the folder. May be repeated. */
  @Override
  public synchronized void close() throws IOException {
    FileChannel held = channel;
    if (held != null) {
      channel = null;
      held.close();
    }
    HELD.remove(file);
  }
}
