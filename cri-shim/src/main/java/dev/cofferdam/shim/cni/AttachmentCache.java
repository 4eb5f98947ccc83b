package dev.cofferdam.shim.cni;

import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.SandboxException;
import dev.cofferdam.shim.state.DurableFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** The folder with one file for each sandbox that has, or may have, a network. */
final class AttachmentCache {
  private static final String SUFFIX = ".json";
  private static final long MAX_BYTES = 16 << 20;

  private final Path directory;

  AttachmentCache(Path directory) {
    this.directory = directory;
  }

  /** Atomic and on the disk when it returns. */
  void write(CachedAttachment attachment) {
    try {
      Files.createDirectories(directory);
    } catch (IOException e) {
      throw new SandboxException(
          ErrorCode.RESOURCE_EXHAUSTED, "cannot make the folder " + directory + ": " + e, e);
    }
    DurableFile.replace(file(attachment.sandboxId()), CniJson.bytes(attachment.toJson()));
  }

  /** Empty if nothing was ever added, or all was deleted. */
  Optional<CachedAttachment> read(String sandboxId) {
    Path file = file(sandboxId);
    try {
      if (Files.size(file) > MAX_BYTES) {
        throw new IOException("longer than " + MAX_BYTES + " bytes");
      }
      return Optional.of(CachedAttachment.fromJson(CniJson.object(Files.readString(file))));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    } catch (IOException | SandboxException e) {
      throw new SandboxException(
          ErrorCode.CORRUPT_STATE,
          "cannot read the network attachment in " + file + ": " + e.getMessage(),
          e);
    }
  }

  /** Does nothing where there is nothing; what a write that was killed has left goes too. */
  void remove(String sandboxId) {
    try {
      DurableFile.remove(file(sandboxId));
    } catch (IOException e) {
      throw new SandboxException(
          ErrorCode.INTERNAL, "cannot remove " + file(sandboxId) + ": " + e, e);
    }
  }

  List<String> sandboxIds() {
    try (Stream<Path> files = Files.list(directory)) {
      return files
          .map(file -> String.valueOf(file.getFileName()))
          .filter(name -> name.endsWith(SUFFIX))
          .map(name -> name.substring(0, name.length() - SUFFIX.length()))
          .sorted()
          .toList();
    } catch (NoSuchFileException e) {
      return List.of();
    } catch (IOException e) {
      throw new SandboxException(ErrorCode.CORRUPT_STATE, "cannot list " + directory + ": " + e, e);
    }
  }

  /**
   * The same.
   *
   * @throws SandboxException CORRUPT_STATE if not all of {@code running} are among them
   */
  List<String> sandboxIdsWith(Collection<String> running) {
    List<String> attached = sandboxIds();
    List<String> unknown = running.stream().filter(id -> !attached.contains(id)).toList();
    if (!unknown.isEmpty()) {
      throw new SandboxException(
          ErrorCode.CORRUPT_STATE,
          "sandboxes run whose network attachments are not in " + directory + ": " + unknown);
    }
    return attached;
  }

  private Path file(String sandboxId) {
    return directory.resolve(sandboxId + SUFFIX);
  }
}
