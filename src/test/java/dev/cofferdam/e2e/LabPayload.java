package dev.cofferdam.e2e;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;

/** The payload that {@code dev/lib/payload} built, and others made of it. */
record LabPayload(Path folder) {
  private static final String GUEST = "guest/";

  static LabPayload built() {
    Path folder = SharedLab.REPOSITORY.resolve("cri-shim/target/payload");
    if (!Files.exists(folder.resolve("MANIFEST"))) {
      throw new AssertionError(folder + " is missing: run dev/lib/payload");
    }
    return new LabPayload(folder);
  }

  String version() throws IOException {
    return Files.readString(folder.resolve("VERSION")).strip();
  }

  /** The same programs under another version's name. */
  LabPayload named(String version, Path place) throws IOException {
    return copied(place, "").with("VERSION", version + "\n");
  }

  /** A copy with nothing for microVMs: a hundred megabytes less. */
  LabPayload withoutGuest(Path place) throws IOException {
    LabPayload copy = copied(place, GUEST);
    Path manifest = place.resolve("MANIFEST");
    Files.write(
        manifest,
        Files.readAllLines(manifest).stream()
            .filter(line -> !line.contains("  " + GUEST))
            .toList());
    return copy;
  }

  /**
   * @param without the beginning of names that are left out; blank: none
   */
  private LabPayload copied(Path place, String without) throws IOException {
    try (Stream<Path> all = Files.walk(folder)) {
      for (Path from : all.toList()) {
        String name = folder.relativize(from).toString();
        if (!without.isEmpty() && (name + "/").startsWith(without)) {
          continue;
        }
        Path to = place.resolve(name);
        if (Files.isDirectory(from)) {
          Files.createDirectories(to);
        } else {
          Files.copy(from, to, StandardCopyOption.COPY_ATTRIBUTES);
        }
      }
    }
    return new LabPayload(place);
  }

  /** With another content in one file, and the manifest to match. */
  LabPayload with(String file, String content) throws IOException {
    Files.writeString(folder.resolve(file), content);
    Path manifest = folder.resolve("MANIFEST");
    List<String> lines =
        Files.readAllLines(manifest).stream()
            .map(line -> line.endsWith("  " + file) ? digest(content) + "  " + file : line)
            .toList();
    Files.write(manifest, lines);
    return this;
  }

  /** With a file that is not as its manifest says. */
  LabPayload damaged(String file) throws IOException {
    Files.writeString(folder.resolve(file), "\n", StandardOpenOption.APPEND);
    return this;
  }

  private static String digest(String content) {
    try {
      return HexFormat.of()
          .formatHex(
              MessageDigest.getInstance("SHA-256")
                  .digest(content.getBytes(java.nio.charset.StandardCharsets.UTF_8)));
    } catch (java.security.NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
