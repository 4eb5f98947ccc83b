package dev.cofferdam.shim.install.host;

import static java.nio.file.LinkOption.NOFOLLOW_LINKS;
import static java.nio.file.StandardCopyOption.ATOMIC_MOVE;
import static java.nio.file.StandardCopyOption.REPLACE_EXISTING;

import dev.cofferdam.linux.Trees;
import dev.cofferdam.shim.state.DurableFile;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The machine's files, named by absolute paths as its programs see them. Each change is whole or
 * did not happen, and survives a crash once the method returns. Thread-safe as the file system is.
 */
public final class HostFiles {
  private static final String UNFINISHED = ".cofferdam-new";

  private final Path root;
  private final Acts acts;

  /**
   * @param root under which the paths lie; {@code /} but for tests
   */
  public HostFiles(Path root, Acts acts) {
    this.root = root;
    this.acts = acts;
  }

  /** Where it lies for this process. */
  public Path at(String path) {
    return root.resolve(path.substring(1));
  }

  /** Whether there is anything of that name, also a link that leads nowhere. */
  public boolean exists(String path) {
    return Files.exists(at(path), NOFOLLOW_LINKS);
  }

  /** Empty where there is no such file. */
  public Optional<FileImage> image(String path) throws IOException {
    Path file = at(path);
    try {
      Map<String, Object> attributes = Files.readAttributes(file, "unix:mode,uid,gid");
      return Optional.of(
          new FileImage(
              Files.readAllBytes(file),
              (int) attributes.getOrDefault("mode", 0) & 07777,
              (int) attributes.getOrDefault("uid", 0),
              (int) attributes.getOrDefault("gid", 0),
              Files.getLastModifiedTime(file).toMillis()));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
  }

  /** Empty where there is no such file. */
  public Optional<String> text(String path) throws IOException {
    try {
      return Optional.of(Files.readString(at(path)));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
  }

  /** Names in a folder, sorted; none where there is no such folder. */
  public List<String> names(String folder) throws IOException {
    if (!Files.isDirectory(at(folder))) {
      return List.of();
    }
    try (Stream<Path> entries = Files.list(at(folder))) {
      return entries.map(entry -> String.valueOf(entry.getFileName())).sorted().toList();
    }
  }

  /** Puts a file in place in one rename. The folder is there. */
  public void write(String path, FileImage image) throws IOException {
    acts.about("write " + path);
    Path file = at(path);
    Path temporary = unfinished(path);
    try {
      Files.write(temporary, image.content());
      own(temporary, image);
      sync(temporary);
      Files.move(temporary, file, ATOMIC_MOVE, REPLACE_EXISTING);
    } catch (IOException e) {
      Files.deleteIfExists(temporary);
      throw e;
    }
    DurableFile.sync(parent(file));
  }

  /** By a name that kubelet, systemd and others pass over in the folders that they read. */
  private Path unfinished(String path) {
    int name = path.lastIndexOf('/') + 1;
    return at(path.substring(0, name) + "." + path.substring(name) + UNFINISHED);
  }

  private static void own(Path file, FileImage image) throws IOException {
    // The owner first: changing it takes the set-user-ID bit away.
    Files.setAttribute(file, "unix:uid", image.uid());
    Files.setAttribute(file, "unix:gid", image.gid());
    Files.setAttribute(file, "unix:mode", image.mode());
    Files.setLastModifiedTime(file, FileTime.fromMillis(image.modifiedMillis()));
  }

  private static void sync(Path file) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }

  /** Makes a folder and what is missing above it. */
  public void makeFolder(String path) throws IOException {
    if (!Files.isDirectory(at(path))) {
      acts.about("make the folder " + path);
      Files.createDirectories(at(path));
    }
  }

  /**
   * Copies one file with its mode and time: an AOT cache is valid for jars of the same time only.
   *
   * @return SHA-256 of what was copied
   */
  public String copy(Path from, String to) throws IOException {
    acts.about("copy " + to);
    Path file = at(to);
    Files.createDirectories(parent(file));
    MessageDigest digest = FileImage.sha256();
    try (InputStream in = new DigestInputStream(Files.newInputStream(from), digest);
        OutputStream out = Files.newOutputStream(file)) {
      in.transferTo(out);
    }
    Files.setPosixFilePermissions(file, Files.getPosixFilePermissions(from));
    Files.setLastModifiedTime(file, Files.getLastModifiedTime(from));
    sync(file);
    return HexFormat.of().formatHex(digest.digest());
  }

  /** Renames within one folder. */
  public void rename(String from, String to) throws IOException {
    acts.about("rename " + from);
    Files.move(at(from), at(to), ATOMIC_MOVE);
    DurableFile.sync(parent(at(to)));
  }

  /** Where a link leads, as it says itself; empty where there is none. */
  public Optional<String> link(String path) throws IOException {
    return Files.isSymbolicLink(at(path))
        ? Optional.of(Files.readSymbolicLink(at(path)).toString())
        : Optional.empty();
  }

  /** Makes a link, or leads the one that is there to somewhere else. */
  public void setLink(String path, String target) throws IOException {
    acts.about("link " + path);
    Path temporary = unfinished(path);
    Files.deleteIfExists(temporary);
    Files.createSymbolicLink(temporary, Path.of(target));
    Files.move(temporary, at(path), ATOMIC_MOVE, REPLACE_EXISTING);
    DurableFile.sync(parent(at(path)));
  }

  /** Removes one file or link, and what a {@link #write} that was killed has left. */
  public void remove(String path) throws IOException {
    Files.deleteIfExists(unfinished(path));
    if (exists(path)) {
      acts.about("remove " + path);
      Files.deleteIfExists(at(path));
      DurableFile.sync(parent(at(path)));
    }
  }

  /** Removes a folder if nothing is in it. */
  public void removeIfEmpty(String path) throws IOException {
    if (Files.isDirectory(at(path), NOFOLLOW_LINKS) && names(path).isEmpty()) {
      acts.about("remove the folder " + path);
      Files.delete(at(path));
    }
  }

  /** Removes a folder with all in it, as {@link Trees#delete} does. */
  public void removeTree(String path) throws IOException {
    if (!exists(path)) {
      return;
    }
    acts.about("remove all of " + path);
    Trees.delete(at(path));
  }

  /** Bytes that may still be written where that folder is, or would be. */
  public long free(String folder) throws IOException {
    Path there = at(folder);
    while (!Files.exists(there)) {
      there = parent(there);
    }
    return Files.getFileStore(there).getUsableSpace();
  }

  private static Path parent(Path file) {
    Path parent = file.getParent();
    if (parent == null) {
      throw new IllegalArgumentException(file + " has no folder");
    }
    return parent;
  }
}
