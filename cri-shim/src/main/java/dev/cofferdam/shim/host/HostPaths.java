package dev.cofferdam.shim.host;

import java.nio.file.Path;

/**
 * Where the parts of a pod lie that need not outlive the node's boot.
 *
 * @param runtimeRoot such as {@code /run/cofferdam}
 */
public record HostPaths(Path runtimeRoot) {

  /** The folder of all pods' network namespaces. */
  public Path networkNamespaces() {
    return runtimeRoot.resolve("netns");
  }

  /** The folder of all pods' files. */
  public Path allPodFiles() {
    return runtimeRoot.resolve("pods");
  }

  /** The folder of all containers. */
  public Path containers() {
    return runtimeRoot.resolve("containers");
  }

  /** Where a pod's network namespace is mounted. */
  public Path networkNamespace(String sandboxId) {
    return runtimeRoot.resolve("netns").resolve(sandboxId);
  }

  /** A pod's own {@code /etc} files and {@code /dev/shm}. */
  public Path podFiles(String sandboxId) {
    return runtimeRoot.resolve("pods").resolve(sandboxId);
  }

  /** Where a container's root is mounted. */
  public Path rootFilesystem(String containerId) {
    return runtimeRoot.resolve("containers").resolve(containerId).resolve("rootfs");
  }

  /** A container's pipes and what its log is spooled through. */
  public Path streams(String containerId) {
    return runtimeRoot.resolve("containers").resolve(containerId).resolve("io");
  }

  /** Where the images are mounted that a container has as volumes. */
  public Path imageVolumes(String containerId) {
    return runtimeRoot.resolve("containers").resolve(containerId).resolve("images");
  }

  /** The folder of the three above. */
  public Path container(String containerId) {
    return runtimeRoot.resolve("containers").resolve(containerId);
  }
}
