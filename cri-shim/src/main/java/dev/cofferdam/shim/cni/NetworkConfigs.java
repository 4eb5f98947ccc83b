package dev.cofferdam.shim.cni;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.SandboxException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * The folder with the networks' configuration. It is read anew each time: a file of a few KiB costs
 * less than noticing its change would.
 */
final class NetworkConfigs {
  private static final int MAX_BYTES = 1 << 20;

  private final Path directory;

  NetworkConfigs(Path directory) {
    this.directory = directory;
  }

  /**
   * The pods' network: the first file by name, as libcni and containerd choose it.
   *
   * @throws SandboxException UNAVAILABLE if there is none, or the first one is broken
   */
  NetworkList first() {
    Path file =
        files(this::isConfiguration).stream()
            .findFirst()
            .orElseThrow(
                () ->
                    new SandboxException(
                        ErrorCode.UNAVAILABLE,
                        "no CNI network configuration (*.conflist, *.conf, *.json) in "
                            + directory
                            + "; install a network plugin"));
    try {
      ObjectNode json = read(file);
      return name(file).endsWith(".conflist")
          ? NetworkList.fromList(withFolder(json))
          : NetworkList.fromPlugin(json);
    } catch (IOException | SandboxException e) {
      throw new SandboxException(
          ErrorCode.UNAVAILABLE,
          "CNI network configuration " + file + " is broken: " + e.getMessage(),
          e);
    }
  }

  /** A list may be completed by {@code <name>/*.conf} beside it (CNI 1.1, section 1). */
  private ObjectNode withFolder(ObjectNode list) throws IOException {
    String name = list.path("name").asText("");
    if (list.path("loadOnlyInlinedPlugins").asBoolean(false)
        || name.isEmpty()
        || name.contains("/")
        || name.startsWith(".")) {
      return list;
    }
    List<Path> more =
        new NetworkConfigs(directory.resolve(name)).files(file -> name(file).endsWith(".conf"));
    if (more.isEmpty()) {
      return list;
    }
    ObjectNode whole = list.deepCopy();
    for (Path file : more) {
      whole.withArray("plugins").add(read(file));
    }
    return whole;
  }

  private List<Path> files(Predicate<Path> wanted) {
    try (Stream<Path> entries = Files.list(directory)) {
      // By UTF-8 bytes, as Go sorts; names are ASCII in practice.
      return entries
          .filter(wanted)
          .filter(file -> !Files.isDirectory(file))
          .sorted((a, b) -> name(a).compareTo(name(b)))
          .toList();
    } catch (NoSuchFileException e) {
      return List.of();
    } catch (IOException e) {
      throw new SandboxException(
          ErrorCode.UNAVAILABLE, "cannot read the CNI folder " + directory + ": " + e, e);
    }
  }

  private boolean isConfiguration(Path file) {
    return Stream.of(".conflist", ".conf", ".json").anyMatch(name(file)::endsWith);
  }

  private static String name(Path file) {
    return Optional.ofNullable(file.getFileName()).map(Path::toString).orElse("");
  }

  private static ObjectNode read(Path file) throws IOException {
    try (var in = Files.newInputStream(file)) {
      byte[] text = in.readNBytes(MAX_BYTES + 1);
      if (text.length > MAX_BYTES) {
        throw new IOException("longer than " + MAX_BYTES + " bytes");
      }
      return CniJson.object(new String(text, StandardCharsets.UTF_8));
    }
  }
}
