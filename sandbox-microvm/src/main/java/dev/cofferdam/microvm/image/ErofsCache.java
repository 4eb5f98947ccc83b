package dev.cofferdam.microvm.image;

import dev.cofferdam.linux.Fd;
import dev.cofferdam.microvm.Failures;
import dev.cofferdam.microvm.monitor.MonitorFiles;
import dev.cofferdam.microvm.monitor.Slots;
import dev.cofferdam.sandbox.Deadline;
import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.SandboxException;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Stream;

/**
 * Images of root file systems, one for each chain ID, made when first asked for. Whoever uses one
 * has a hard link to it, so that a file with no other link is a file that nobody uses: that holds
 * over restarts, and between two shims at a hand-over. Those unused for longest go when the cache
 * has grown too large. Thread-safe.
 *
 * <p>{@code images/<name>_<bytes>}, {@code uses/<user>/<name>}, {@code parts/<name>.<process>}.
 */
public final class ErofsCache {
  private final Path images;
  private final Path uses;
  private final Path parts;
  private final long mostBytes;
  private final ErofsBuild build;
  private final ConcurrentMap<String, ReentrantLock> building = new ConcurrentHashMap<>();
  private final Set<Path> atWork = ConcurrentHashMap.newKeySet();

  /**
   * @param program {@code mkfs.erofs}
   * @param mostBytes of all images together, beyond those in use
   */
  public ErofsCache(Path folder, String program, long mostBytes) {
    this.images = folder.resolve("images");
    this.uses = folder.resolve("uses");
    this.parts = folder.resolve("parts");
    this.mostBytes = mostBytes;
    this.build = new ErofsBuild(program);
  }

  /**
   * The image of a chain ID, held for a user until {@link #release}. May be repeated.
   *
   * @param user such as a sandbox's ID
   * @param tree what is in it, if it has to be made
   */
  public Path acquire(String user, String chainId, Path tree, Deadline deadline) {
    String name = name(chainId);
    Path held = uses.resolve(user).resolve(name);
    ReentrantLock lock = building.computeIfAbsent(name, key -> new ReentrantLock());
    lock.lock();
    try {
      Files.createDirectories(held.getParent());
      if (Files.exists(held) || hold(name, held)) {
        return held;
      }
      make(name, tree, held, deadline);
      evict();
      return held;
    } catch (IOException e) {
      throw Failures.io("making an image of " + tree, e);
    } finally {
      lock.unlock();
    }
  }

  /** Whether there was an image, which is now held. */
  private boolean hold(String name, Path held) throws IOException {
    Optional<Path> image = find(name);
    if (image.isEmpty()) {
      return false;
    }
    try {
      Files.createLink(held, image.get());
      Files.setLastModifiedTime(image.get(), FileTime.from(Instant.now()));
      return true;
    } catch (FileAlreadyExistsException e) {
      return true;
    } catch (NoSuchFileException e) {
      return false; // evicted just now, by another shim
    }
  }

  private void make(String name, Path tree, Path held, Deadline deadline) throws IOException {
    Files.createDirectories(parts);
    Files.createDirectories(images);
    Path part = parts.resolve(name + "." + ProcessHandle.current().pid());
    atWork.add(part);
    try {
      build.run(tree, part, deadline);
      long bytes = Files.size(part);
      if (bytes > Slots.SIZE_BYTES) {
        throw new SandboxException(
            ErrorCode.UNSUPPORTED,
            "the image's files take "
                + bytes
                + " bytes; a microVM's root file system has at most "
                + Slots.SIZE_BYTES);
      }
      try (Fd file = Fd.open(part, Fd.O_RDWR, 0)) {
        file.truncate(Slots.SIZE_BYTES);
      }
      Files.setPosixFilePermissions(part, PosixFilePermissions.fromString("r--r--r--"));
      Files.createLink(held, part); // held before anybody could evict it
      Files.move(part, images.resolve(name + "_" + bytes), StandardCopyOption.ATOMIC_MOVE);
    } finally {
      Files.deleteIfExists(part);
      atWork.remove(part);
    }
  }

  /** Lets one image go that a user has held. */
  public void release(String user, String chainId) {
    try {
      Files.deleteIfExists(uses.resolve(user).resolve(name(chainId)));
    } catch (IOException e) {
      throw Failures.io("letting go of an image of " + user, e);
    }
  }

  /** Lets all go that a user has held. */
  public void releaseAll(String user) {
    try {
      MonitorFiles.remove(uses.resolve(user));
    } catch (IOException e) {
      throw Failures.io("letting go of the images of " + user, e);
    }
  }

  /** Takes those away that were unused for longest, until the rest is small enough. */
  void evict() throws IOException {
    List<Path> oldest = list().stream().sorted(Comparator.comparing(ErofsCache::lastUsed)).toList();
    long bytes = oldest.stream().mapToLong(ErofsCache::bytes).sum();
    for (Path image : oldest) {
      if (bytes <= mostBytes) {
        return;
      }
      if (links(image) == 1 && Files.deleteIfExists(image)) {
        bytes -= bytes(image);
      }
    }
  }

  /** Removes what builds left that were cut off. To be called by the only process at work here. */
  public void sweep() {
    try {
      for (Path part : files(parts)) {
        // A build has a log beside its image.
        if (atWork.stream().noneMatch(known -> part.toString().startsWith(known.toString()))) {
          Files.deleteIfExists(part);
        }
      }
    } catch (IOException e) {
      throw Failures.io("removing " + parts, e);
    }
  }

  private Optional<Path> find(String name) throws IOException {
    return list().stream()
        .filter(image -> image.getFileName().toString().startsWith(name + "_"))
        .findFirst();
  }

  private List<Path> list() throws IOException {
    return files(images);
  }

  private static List<Path> files(Path folder) throws IOException {
    if (!Files.exists(folder)) {
      return List.of();
    }
    try (Stream<Path> files = Files.list(folder)) {
      return files.toList();
    }
  }

  private static long bytes(Path image) {
    String name = image.getFileName().toString();
    return Long.parseLong(name.substring(name.lastIndexOf('_') + 1));
  }

  private static FileTime lastUsed(Path image) {
    try {
      return Files.getLastModifiedTime(image);
    } catch (IOException e) {
      return FileTime.fromMillis(0); // gone
    }
  }

  private static int links(Path image) throws IOException {
    try {
      return (int) Files.getAttribute(image, "unix:nlink");
    } catch (NoSuchFileException e) {
      return 0;
    }
  }

  /** Of a chain ID, such as {@code sha256:…}, what a file's name can be. */
  private static String name(String chainId) {
    return chainId.replaceAll("[^A-Za-z0-9.-]", "-");
  }
}
