package dev.cofferdam.shim.state;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.cofferdam.linux.Trees;
import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.SandboxException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import java.util.function.ToIntFunction;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The folder of records. One folder per sandbox and per container holds its record and whatever
 * else belongs to it on disk. Thread-safe for different IDs; the caller serializes writes of one
 * ID.
 */
public final class StateStore {
  private static final Logger LOG = LoggerFactory.getLogger(StateStore.class);

  private static final String RECORD = "record.json";
  // A folder with this suffix is on its way out; a crash in between leaves it to the next start.
  private static final String REMOVED = ".removed";

  private final Path root;
  private final Quarantine quarantine;
  private final UnknownFields unknown = new UnknownFields();

  /**
   * @param root persistent, such as {@code /var/lib/cofferdam}; made where it is missing
   */
  public StateStore(Path root) {
    this.root = root;
    this.quarantine = new Quarantine(root.resolve("quarantine"));
    for (Kind kind : Kind.values()) {
      makeFolder(folder(kind));
    }
  }

  /** What a folder of records is about. */
  private enum Kind {
    SANDBOX("sandboxes"),
    CONTAINER("containers");

    private final String folder;

    Kind(String folder) {
      this.folder = folder;
    }
  }

  /**
   * All records that can be read.
   *
   * @param quarantined the IDs of sandboxes whose record cannot
   * @param quarantinedContainers the same of containers
   */
  public record Loaded(
      List<SandboxRecord> sandboxes,
      List<ContainerRecord> containers,
      List<String> quarantined,
      List<String> quarantinedContainers) {}

  /** Where everything about a sandbox lies. */
  public Path sandboxFolder(String id) {
    return folder(Kind.SANDBOX).resolve(id);
  }

  /** Where everything about a container lies. */
  public Path containerFolder(String id) {
    return folder(Kind.CONTAINER).resolve(id);
  }

  /**
   * Whether a record of this sandbox is on disk: it is written before anything is made for it, and
   * removed after everything is given back.
   */
  public boolean hasSandbox(String id) {
    return Files.exists(sandboxFolder(id).resolve(RECORD));
  }

  /**
   * Whether there is a record of a sandbox whose ID begins so; true also where that cannot be told.
   */
  public boolean hasSandboxBeginning(String beginning) {
    try (Stream<Path> sandboxes = Files.list(folder(Kind.SANDBOX))) {
      return sandboxes
          .map(sandbox -> sandbox.getFileName().toString())
          .anyMatch(id -> id.startsWith(beginning) && hasSandbox(id));
    } catch (NoSuchFileException e) {
      return false;
    } catch (IOException | UncheckedIOException e) {
      return true;
    }
  }

  /** The same of a container. */
  public boolean hasContainer(String id) {
    return Files.exists(containerFolder(id).resolve(RECORD));
  }

  /** Where what belonged to a container lies whose record could not be read. */
  public Path quarantined(String containerId) {
    return root.resolve("quarantine").resolve(containerId);
  }

  /**
   * Writes a record, making the sandbox's folder with the first one. It is on the disk when this
   * returns, unless it says of the sandbox what a power cut would make untrue anyway.
   */
  public void save(SandboxRecord sandbox) {
    boolean lasting =
        switch (sandbox.phase()) {
          case READY -> false;
          case CREATING, ENDED, CLEANUP_PENDING, STOPPED -> true;
        };
    save(sandboxFolder(sandbox.id()), sandbox, lasting);
  }

  /** The same of a container. */
  public void save(ContainerRecord container) {
    boolean lasting =
        switch (container.phase()) {
          case CREATED, STARTING, RUNNING -> false;
          case CREATING, EXITED -> true;
        };
    save(containerFolder(container.id()), container, lasting);
  }

  /** Forgets a sandbox with everything in its folder; nothing when it is gone already. */
  public void removeSandbox(String id) {
    remove(sandboxFolder(id));
  }

  /** Forgets a container with everything in its folder; nothing when it is gone already. */
  public void removeContainer(String id) {
    remove(containerFolder(id));
  }

  /** Reads all records. What cannot be read is moved away, and the rest goes on. */
  public Loaded load() {
    List<String> quarantined = new ArrayList<>();
    List<String> quarantinedContainers = new ArrayList<>();
    List<SandboxRecord> sandboxes =
        load(
            Kind.SANDBOX,
            SandboxRecord.class,
            SandboxRecord::id,
            SandboxRecord::version,
            SandboxRecord.VERSION,
            quarantined);
    List<ContainerRecord> containers =
        load(
            Kind.CONTAINER,
            ContainerRecord.class,
            ContainerRecord::id,
            ContainerRecord::version,
            ContainerRecord.VERSION,
            quarantinedContainers);
    return new Loaded(
        sandboxes, containers, List.copyOf(quarantined), List.copyOf(quarantinedContainers));
  }

  private <T extends Record> List<T> load(
      Kind kind,
      Class<T> type,
      Function<T, String> id,
      ToIntFunction<T> version,
      int written,
      List<String> quarantined) {
    List<T> records = new ArrayList<>();
    for (Path folder : children(folder(kind))) {
      String name = String.valueOf(folder.getFileName());
      if (name.endsWith(REMOVED) || !Files.exists(folder.resolve(RECORD))) {
        // Without a record nothing was announced, so nothing was done.
        delete(folder);
        continue;
      }
      try {
        JsonNode text = StateJson.MAPPER.readTree(Files.readAllBytes(folder.resolve(RECORD)));
        T loaded = StateJson.MAPPER.treeToValue(text, type);
        WholeRecords.require(loaded);
        require(name.equals(id.apply(loaded)), "it is about " + id.apply(loaded));
        require(
            Math.abs(version.applyAsInt(loaded) - written) <= 1,
            "its format is " + version.applyAsInt(loaded) + ", ours " + written);
        unknown.remember(folder, text, StateJson.MAPPER.valueToTree(loaded));
        records.add(loaded);
      } catch (IOException | RuntimeException e) {
        quarantine.take(folder, e);
        quarantined.add(name);
      }
    }
    return records;
  }

  private static void require(boolean holds, String otherwise) {
    if (!holds) {
      throw new SandboxException(ErrorCode.CORRUPT_STATE, otherwise);
    }
  }

  private void save(Path folder, Object value, boolean lasting) {
    byte[] content;
    try {
      JsonNode record = StateJson.MAPPER.valueToTree(value);
      content = StateJson.MAPPER.writeValueAsBytes(unknown.added(folder, record));
    } catch (JsonProcessingException | IllegalArgumentException e) {
      throw new SandboxException(
          ErrorCode.INTERNAL, "could not encode the record for " + folder + ": " + e, e);
    }
    boolean first = !Files.exists(folder);
    try {
      if (first) {
        DurableFile.createWithFolder(folder.resolve(RECORD), content);
      } else if (lasting) {
        DurableFile.replace(folder.resolve(RECORD), content);
      } else {
        DurableFile.replaceForThisBoot(folder.resolve(RECORD), content);
      }
    } catch (SandboxException e) {
      if (first) {
        delete(folder);
      }
      throw e;
    }
  }

  private void remove(Path folder) {
    unknown.forget(folder);
    Path leaving = folder.resolveSibling(Objects.requireNonNull(folder.getFileName()) + REMOVED);
    try {
      if (!Files.exists(folder)) {
        return;
      }
      Files.move(folder, leaving);
      DurableFile.sync(folder(folder));
    } catch (IOException e) {
      throw DurableFile.failure("remove " + folder, root, 0, e);
    }
    delete(leaving);
  }

  private static void delete(Path folder) {
    try {
      Trees.delete(folder);
    } catch (IOException e) {
      // Its name says that it is leftover; the next start tries again.
      LOG.warn("could not delete {}: {}", folder, e.toString());
    }
  }

  private void makeFolder(Path folder) {
    try {
      Files.createDirectories(folder);
      DurableFile.sync(folder(folder));
    } catch (IOException e) {
      throw DurableFile.failure("make the folder " + folder, root, 0, e);
    }
  }

  private static Path folder(Path child) {
    return Objects.requireNonNull(child.getParent());
  }

  private Path folder(Kind kind) {
    return root.resolve(kind.folder);
  }

  private static List<Path> children(Path folder) {
    try (Stream<Path> children = Files.list(folder)) {
      return children.sorted().toList();
    } catch (IOException e) {
      throw new SandboxException(
          ErrorCode.INTERNAL, "could not read the folder " + folder + ": " + e, e);
    }
  }
}
