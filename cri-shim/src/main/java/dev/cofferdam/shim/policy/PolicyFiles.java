package dev.cofferdam.shim.policy;

import dev.cofferdam.policy.InvalidPolicyException;
import dev.cofferdam.policy.PolicyDocument;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Policies as files of the node's own. A broken file does not stop the others. Not thread-safe. */
final class PolicyFiles {
  private static final Logger LOG = LoggerFactory.getLogger(PolicyFiles.class);

  private final Path folder;
  private final Policies policies;
  private Map<Path, String> stamps = Map.of();

  PolicyFiles(Path folder, Policies policies) {
    this.folder = folder;
    this.policies = policies;
  }

  /** Reads all files again if any came, went or changed; whether it did. */
  boolean refresh() {
    Map<Path, String> now = new LinkedHashMap<>();
    for (Path file : files()) {
      now.put(file, stamp(file));
    }
    if (now.equals(stamps)) {
      return false;
    }
    stamps = now;
    Map<String, KnownPolicy> read = new HashMap<>();
    now.keySet().forEach(file -> read(file, read));
    policies.replaceFiles(read);
    return true;
  }

  private void read(Path file, Map<String, KnownPolicy> into) {
    try {
      PolicyDocument policy = PolicyDocument.read(Files.readAllBytes(file));
      String name = policy.name();
      KnownPolicy earlier =
          into.putIfAbsent(name, new KnownPolicy.Accepted(policy.spec(), "file " + file, 0));
      if (earlier == null) {
        LOG.info("policy {} from {}", name, file);
      } else {
        LOG.error("policy {} in {} is ignored: {} has it already", name, file, earlier.origin());
      }
    } catch (InvalidPolicyException | IOException e) {
      LOG.error("policy file {} is refused: {}", file, e.getMessage());
      // Known by the file's name, so that a pod of it is told what is wrong.
      String name = file.getFileName().toString().replaceFirst("\\.[a-z]+$", "");
      into.putIfAbsent(
          name, new KnownPolicy.Refused(String.valueOf(e.getMessage()), "file " + file, 0));
    }
  }

  private List<Path> files() {
    if (!Files.isDirectory(folder)) {
      return List.of();
    }
    try (Stream<Path> entries = Files.list(folder)) {
      return entries.filter(PolicyFiles::isPolicy).sorted().toList();
    } catch (IOException e) {
      LOG.warn("policies in {} cannot be listed: {}", folder, e.toString());
      return new ArrayList<>(stamps.keySet());
    }
  }

  private static boolean isPolicy(Path file) {
    String name = file.getFileName().toString();
    return !name.startsWith(".")
        && (name.endsWith(".yaml") || name.endsWith(".yml") || name.endsWith(".json"))
        && Files.isRegularFile(file);
  }

  private static String stamp(Path file) {
    try {
      return Files.getAttribute(file, "unix:ctime") + "/" + Files.size(file);
    } catch (IOException e) {
      return e.toString();
    }
  }
}
