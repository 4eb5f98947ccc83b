package dev.cofferdam.lab;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Objects;

/** Stands in for systemd where {@code cofferdam node} is to start and stop services in a lab. */
final class NodeServices {
  private NodeServices() {}

  /** Where a node names its own, unless the installer is told another. */
  static Path ofTheNode(LabDirectories directories) {
    return directories.etc("cofferdam").resolve("services");
  }

  /** Writes the program, to be run inside the lab. */
  static Path write(LabDirectories directories) throws IOException {
    return write(directories, directories.settings().resolve("node-services"));
  }

  /** The same, to a place that is seen in the lab. */
  static Path write(LabDirectories directories, Path program) throws IOException {
    try (InputStream in = NodeServices.class.getResourceAsStream("node-services.sh")) {
      String script =
          new String(
              Objects.requireNonNull(in, "node-services.sh").readAllBytes(),
              StandardCharsets.UTF_8);
      Files.writeString(program, script.replace("LAB'", directories.root() + "'"));
    }
    Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwxr-xr-x"));
    return program;
  }
}
