package dev.cofferdam.shim.testing;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Collectors;

/** An image put together by a test, as an OCI archive that containerd can import. */
public final class TestImage {
  private final Path folder;
  private final List<String> diffIds = new ArrayList<>();
  private final List<String> descriptors = new ArrayList<>();

  /**
   * Begins an image without layers.
   *
   * @param folder empty; what is made lies there
   */
  public TestImage(Path folder) throws IOException {
    this.folder = folder;
    Files.createDirectories(folder.resolve("oci/blobs/sha256"));
    Files.writeString(folder.resolve("oci/oci-layout"), "{\"imageLayoutVersion\": \"1.0.0\"}");
  }

  /** Adds a layer with all that lies in a folder. */
  public TestImage layer(Path content) throws IOException {
    Path tar = folder.resolve("layer" + diffIds.size() + ".tar");
    Containerd.run(
        List.of(
            "tar",
            "--sort=name",
            "--mtime=@0",
            "--owner=0",
            "--group=0",
            "--numeric-owner",
            "-C",
            content.toString(),
            "-cf",
            tar.toString(),
            "."));
    String descriptor = blob("application/vnd.oci.image.layer.v1.tar", Files.readAllBytes(tar), "");
    descriptors.add(descriptor);
    diffIds.add(digest(Files.readAllBytes(tar)));
    return this;
  }

  public List<String> diffIds() {
    return List.copyOf(diffIds);
  }

  /**
   * Writes the archive.
   *
   * @param config the {@code config} object of the image's configuration, as JSON
   */
  public Path archive(String name, String config) throws IOException {
    String ids = diffIds.stream().collect(Collectors.joining("\", \"", "[\"", "\"]"));
    return archive(name, config, diffIds.isEmpty() ? "[]" : ids);
  }

  /** As above, with a list of layers' digests that need not be true. */
  public Path archive(String name, String config, String diffIdsJson) throws IOException {
    String configuration =
        """
        {"os": "linux", "architecture": "amd64", "config": %s,
         "rootfs": {"type": "layers", "diff_ids": %s}}
        """
            .formatted(config, diffIdsJson);
    String manifest =
        """
        {"schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json",
         "config": %s, "layers": [%s]}
        """
            .formatted(
                blob("application/vnd.oci.image.config.v1+json", bytes(configuration), ""),
                String.join(", ", descriptors));
    String inner =
        """
        {"schemaVersion": 2, "mediaType": "application/vnd.oci.image.index.v1+json", "manifests": [%s]}
        """
            .formatted(
                blob(
                    "application/vnd.oci.image.manifest.v1+json",
                    bytes(manifest),
                    ", \"platform\": {\"os\": \"linux\", \"architecture\": \"amd64\"}"));
    String index =
        """
        {"schemaVersion": 2, "manifests": [%s]}
        """
            .formatted(
                blob(
                    "application/vnd.oci.image.index.v1+json",
                    bytes(inner),
                    ", \"annotations\": {\"io.containerd.image.name\": \"" + name + "\"}"));
    Files.writeString(folder.resolve("oci/index.json"), index);
    Path archive = folder.resolve("image.tar");
    Containerd.run(
        List.of("tar", "-C", folder.resolve("oci").toString(), "-cf", archive.toString(), "."));
    return archive;
  }

  /** Stores a blob; returns its descriptor. */
  private String blob(String mediaType, byte[] content, String more) throws IOException {
    String digest = digest(content);
    Files.write(
        folder.resolve("oci/blobs/sha256").resolve(digest.substring("sha256:".length())), content);
    return "{\"mediaType\": \"%s\", \"digest\": \"%s\", \"size\": %d%s}"
        .formatted(mediaType, digest, content.length, more);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static String digest(byte[] content) {
    try {
      return "sha256:"
          + HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(content));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
