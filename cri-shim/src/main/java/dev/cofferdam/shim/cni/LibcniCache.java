package dev.cofferdam.shim.cni;

import com.fasterxml.jackson.databind.JsonNode;
import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.SandboxException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * What others on this node attached through libcni: containerd's pods, and whatever else uses Go's
 * library with its usual folder. Only read here.
 *
 * @param folder libcni's cache folder, usually {@code /var/lib/cni}
 */
public record LibcniCache(Path folder) {
  private static final int MAX_BYTES = 16 << 20;

  /**
   * One cached result.
   *
   * @param networkNamespace its path when it was attached; blank: not noted
   */
  public record Entry(AttachmentId id, String networkNamespace) {}

  /**
   * All of it, or nothing: half a list is the wrong one to give to GC.
   *
   * @throws SandboxException CORRUPT_STATE if a single file can't be read or understood
   */
  public List<Entry> entries() {
    List<Entry> entries = new ArrayList<>();
    try (Stream<Path> files = Files.list(folder.resolve("results"))) {
      for (Path file : (Iterable<Path>) files::iterator) {
        entries.add(read(file));
      }
    } catch (NoSuchFileException e) {
      // Nothing was ever attached, or a file has just gone: then it is not known whole.
      if (Files.exists(folder.resolve("results"))) {
        throw unreadable(folder.resolve("results"), e);
      }
    } catch (IOException e) {
      throw unreadable(folder.resolve("results"), e);
    }
    return entries;
  }

  private static Entry read(Path file) throws IOException {
    byte[] text;
    try (var in = Files.newInputStream(file)) {
      text = in.readNBytes(MAX_BYTES + 1);
    }
    try {
      if (text.length > MAX_BYTES) {
        throw new IOException("longer than " + MAX_BYTES + " bytes");
      }
      JsonNode json = CniJson.object(new String(text, StandardCharsets.UTF_8));
      AttachmentId id =
          new AttachmentId(json.path("containerId").asText(""), json.path("ifName").asText(""));
      if (id.containerId().isEmpty() || id.interfaceName().isEmpty()) {
        throw new IOException("it names no container or no interface");
      }
      return new Entry(id, json.path("netns").asText(""));
    } catch (NoSuchFileException e) {
      throw e;
    } catch (IOException e) {
      throw unreadable(file, e);
    }
  }

  private static SandboxException unreadable(Path file, IOException e) {
    return new SandboxException(
        ErrorCode.CORRUPT_STATE,
        "cannot tell what is attached to networks from " + file + ": " + e.getMessage(),
        e);
  }
}
