package dev.cofferdam.lab;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Properties;
import java.util.stream.Collectors;

/**
 * Where the programs lie that {@code dev/lib/build-programs} compiled, at the versions of the root
 * pom.
 */
final class Programs {
  private static final List<String> PACKAGES =
      List.of(
          "kubernetes",
          "etcd",
          "containerd",
          "runsc",
          "runsc-shim",
          "crictl",
          "critest",
          "helm",
          "vhost-device-vsock");

  private final Path folder;
  private final Properties versions = new Properties();
  private final Path distribution;

  /**
   * @param distribution Cofferdam's own {@code bin} folder, put first on the path; null where it is
   *     not built
   */
  Programs(LabDirectories directories, Path distribution) {
    this.folder = directories.cache().resolve("programs");
    this.distribution = distribution;
    try (InputStream in = Programs.class.getResourceAsStream("programs.properties")) {
      if (in == null) {
        throw new LabException("programs.properties is missing from the lab's own jar");
      }
      versions.load(in);
    } catch (IOException e) {
      throw new LabException("could not read programs.properties", e);
    }
  }

  private Path folderOf(String pack) {
    return folder.resolve(pack + "-" + versions.getProperty(pack));
  }

  /** The program's full path; one that is not compiled yet is an error that says how to get it. */
  String path(String pack, String program) {
    Path path = folderOf(pack).resolve(program);
    if (!Files.isExecutable(path)) {
      throw new LabException(path + " is missing: run dev/lib/build-programs " + pack);
    }
    return path.toString();
  }

  /**
   * The distribution that {@code dev/lib/build-previous} made, of the version before this one; none
   * where the clone's history is too short for it.
   */
  Optional<Path> previousShim() {
    Path made = folder.resolveSibling("shim-" + versions.getProperty("previous-shim"));
    return Optional.of(made).filter(dist -> Files.isExecutable(dist.resolve("bin/cofferdam")));
  }

  String kubernetes(String program) {
    return path("kubernetes", program);
  }

  /** {@code PATH} inside the lab: ours, the compiled programs, then the caller's. */
  String searchPath() {
    return PACKAGES.stream()
        .map(pack -> folderOf(pack).toString())
        .collect(
            Collectors.joining(
                File.pathSeparator,
                distribution + File.pathSeparator,
                File.pathSeparator + System.getenv("PATH")));
  }
}
