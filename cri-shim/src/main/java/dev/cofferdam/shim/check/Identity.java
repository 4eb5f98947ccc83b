package dev.cofferdam.shim.check;

import com.fasterxml.jackson.databind.JsonNode;
import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.SandboxException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Collectors;

/**
 * Which kernel a process behind a wall sees, as the canary tells it from inside.
 *
 * @param version {@code /proc/version}
 * @param bootId blank where the kernel has none
 * @param log the kernel's own; blank where it may not be read
 */
record Identity(String version, String bootId, String log) {
  private static final Path VERSION = Path.of("/proc/version");
  private static final Path BOOT_ID = Path.of("/proc/sys/kernel/random/boot_id");

  static Identity parse(String told) {
    return new Identity(field(told, "version: "), field(told, "boot-id: "), field(told, "log: "));
  }

  private static String field(String told, String name) {
    return told.lines()
        .filter(line -> line.startsWith(name))
        .map(line -> line.substring(name.length()))
        .collect(Collectors.joining("\n"))
        .strip();
  }

  static Identity ofHost() throws IOException {
    return new Identity(Files.readString(VERSION).strip(), Files.readString(BOOT_ID).strip(), "");
  }

  /**
   * Shows that it is a wall, and the one that was asked for.
   *
   * @param host this node's own
   * @param wall what the wall says of itself, asked from outside
   * @return the evidence
   * @throws SandboxException PROGRAM_FAILED when it isn't
   */
  String evidence(Identity host, JsonNode wall, String variant) {
    boolean same = version.equals(host.version) && bootId.equals(host.bootId);
    if (version.isEmpty() || same) {
      throw failure("a process in the pod sees the node's own kernel: " + version);
    }
    if (!bootId.isEmpty() && bootId.equals(host.bootId)) {
      throw failure("a process in the pod sees the node's own boot ID, " + bootId);
    }
    if (wall.has("error") || !variant.startsWith(wall.path("variant").asText())) {
      throw failure(
          "the wall does not answer as %s: %s"
              .formatted(variant, wall.isMissingNode() ? "it is gone" : wall));
    }
    return version;
  }

  private static SandboxException failure(String why) {
    return new SandboxException(ErrorCode.PROGRAM_FAILED, why);
  }
}
