package dev.cofferdam.lab;

import java.nio.file.Path;

/**
 * Where a lab keeps its things on disk.
 *
 * @param cache what outlives labs: compiled programs, images
 * @param root this lab's own folder, deleted by {@code down}
 */
public record LabDirectories(Path cache, Path root) {

  /** The folders of the lab of that name under {@code $COFFERDAM_CACHE}. */
  public static LabDirectories of(String labName) {
    String configured = System.getenv("COFFERDAM_CACHE");
    Path cache =
        configured != null
            ? Path.of(configured)
            : Path.of(System.getProperty("user.home"), ".cache", "cofferdam");
    return new LabDirectories(cache, cache.resolve("labs").resolve(labName));
  }

  /** Process IDs and start times, one file per process that the lab started. */
  Path processes() {
    return root.resolve("processes");
  }

  /** Output of the lab's programs, one file each. */
  public Path logs() {
    return root.resolve("logs");
  }

  /** Certificates, keys and kubeconfig files. */
  Path credentials() {
    return root.resolve("credentials");
  }

  /** Settings files of programs that are told where theirs lies. */
  Path settings() {
    return root.resolve("settings");
  }

  /** A folder that the lab's programs see at {@code /var/<name>}. */
  public Path var(String name) {
    return root.resolve("var").resolve(name);
  }

  /** A folder that the lab's programs see at {@code /etc/<name>}. */
  public Path etc(String name) {
    return root.resolve("etc").resolve(name);
  }

  /** kubeconfig of the cluster's administrator. */
  public Path adminKubeconfig() {
    return credentials().resolve("admin.kubeconfig");
  }

  /** The script that runs its arguments inside the lab. */
  Path enterScript() {
    return root.resolve("enter");
  }
}
