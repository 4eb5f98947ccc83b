package dev.cofferdam.shim.policy;

import dev.cofferdam.policy.SandboxPolicy;
import dev.cofferdam.sandbox.SandboxException;
import dev.cofferdam.shim.state.DurableFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the API server said last, on disk. A policy that cannot be written is still acted on: only
 * the next start without the API server would miss it.
 */
final class PolicyCache {
  private static final Logger LOG = LoggerFactory.getLogger(PolicyCache.class);
  private static final String SUFFIX = ".json";
  // Not taken on trust: the name becomes that of a file.
  private static final Pattern NAME =
      Pattern.compile("[a-z0-9]([-a-z0-9]{0," + (SandboxPolicy.NAME_LENGTH - 2) + "}[a-z0-9])?");

  private final Path folder;

  PolicyCache(Path folder) {
    this.folder = folder;
  }

  /** By name; a file that cannot be read is left out. */
  Map<String, byte[]> load() {
    Map<String, byte[]> found = new LinkedHashMap<>();
    if (!Files.isDirectory(folder)) {
      return found;
    }
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.sorted().toList()) {
        String name = file.getFileName().toString();
        if (name.endsWith(SUFFIX) && !name.startsWith(".")) {
          try {
            found.put(name.substring(0, name.length() - SUFFIX.length()), Files.readAllBytes(file));
          } catch (IOException e) {
            LOG.warn("policy {} cannot be read and is left out: {}", file, e.toString());
          }
        }
      }
    } catch (IOException e) {
      LOG.warn("policies in {} cannot be listed: {}", folder, e.toString());
    }
    return found;
  }

  void put(String name, byte[] document) {
    if (!NAME.matcher(name).matches()) {
      return;
    }
    try {
      Files.createDirectories(folder);
      DurableFile.replace(file(name), document);
    } catch (IOException | SandboxException e) {
      LOG.warn("policy {} could not be kept on disk: {}", name, e.getMessage());
    }
  }

  void remove(String name) {
    if (!NAME.matcher(name).matches()) {
      return;
    }
    try {
      DurableFile.remove(file(name));
    } catch (IOException e) {
      LOG.warn("policy {} could not be deleted from {}: {}", name, folder, e.toString());
    }
  }

  private Path file(String name) {
    return folder.resolve(name + SUFFIX);
  }
}
