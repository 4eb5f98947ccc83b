package dev.cofferdam.gvisor;

import dev.cofferdam.sandbox.ContainerSpec;
import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.SandboxException;
import dev.cofferdam.sandbox.SandboxSpec;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * Where a sandbox's files lie. What runsc writes has a folder to itself, in the runtime directory:
 * to remove it is to forget the sandbox, and no two sandboxes ever wait for each other's locks.
 *
 * @param root runsc's state: its {@code --root}
 * @param directory the sandbox's own folder, given by the shim
 * @param pauseRoot the root container's root file system, shared by all sandboxes, read-only
 */
record Layout(Path root, Path directory, Path pauseRoot) {

  /** The root container's name for runsc. The sandbox's ID is in {@link #root} already. */
  static final String ROOT_CONTAINER = "sandbox";

  /** {@code sun_path} of {@code unix(7)}, less its final NUL. */
  private static final int LONGEST_SOCKET_PATH = 107;

  /** As much of an ID as goes into a path: the whole would not fit into a socket's address. */
  private static final int SHORT_ID = 32;

  static Layout of(Path runtimeDirectory, SandboxSpec spec) {
    String id = spec.id().length() > SHORT_ID ? spec.id().substring(0, SHORT_ID) : spec.id();
    Layout layout =
        new Layout(
            runtimeDirectory.resolve(id),
            spec.directory(),
            runtimeDirectory.resolve("rootfs-pause"));
    int length = layout.controlSocket().toString().getBytes(StandardCharsets.UTF_8).length;
    if (length > LONGEST_SOCKET_PATH) {
      // runsc would silently fall back to a socket in /var/run, where sandboxes get mixed up.
      throw new SandboxException(
          ErrorCode.INVALID_ARGUMENT,
          "runtime directory "
              + runtimeDirectory
              + " is too long for a Unix socket below it: use one that is shorter by "
              + (length - LONGEST_SOCKET_PATH)
              + " characters");
    }
    return layout;
  }

  /** runsc decides on this name: {@code runsc/sandbox/sandbox.go}, controlSocketName. */
  Path controlSocket() {
    return root.resolve("runsc-" + ROOT_CONTAINER + ".sock");
  }

  Path pidFile() {
    return root.resolve("sandbox.pid");
  }

  /** A mount that runsc leaves behind when it is killed. */
  Path nullNetworkNamespace() {
    return root.resolve("null-netns");
  }

  /** Which runsc started the sandbox, as it named itself. */
  Path version() {
    return root.resolve("runsc-version");
  }

  /** Which cgroups did not exist before the sandbox. */
  Path notedCgroups() {
    return root.resolve("cgroups-to-remove");
  }

  /**
   * There if the sandbox was started with cgroups of version 2 inside, which all later calls of
   * runsc must agree with. A sandbox of an earlier shim has those of version 1.
   */
  Path innerCgroups() {
    return root.resolve("inner-cgroups-2");
  }

  /** Names the cgroup in which the workload is stopped at times. */
  Path workloadCgroup() {
    return root.resolve(BrakeGuard.RECORD);
  }

  /** Names the cgroups of containers that may use less CPU time than their pod. */
  Path cpuCgroups() {
    return root.resolve("cpu-cgroups");
  }

  /** The pipe on which runsc is told that the pod's network is made. */
  Path startGate() {
    return root.resolve("network-made");
  }

  /** There once a container was killed for using more memory than its limit. */
  static Path outOfMemory(ContainerSpec container) {
    return container.directory().resolve("out-of-memory");
  }

  /** What runsc has to say about the sandbox as a whole. */
  CommandLog log() {
    return new CommandLog(directory.resolve("runsc.log"), directory.resolve("runsc.out"));
  }

  Path bundle() {
    return directory.resolve("bundle");
  }

  static Path bundle(ContainerSpec container) {
    return container.directory().resolve("bundle");
  }

  static CommandLog log(ContainerSpec container) {
    return new CommandLog(
        container.directory().resolve("runsc.log"), container.directory().resolve("runsc.out"));
  }

  /** The containers that have been started, the root one among them. */
  List<String> containers() {
    String suffix = state("").getFileName().toString();
    try (Stream<Path> files = Files.list(root)) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> name.endsWith(suffix))
          .map(name -> name.substring(0, name.length() - suffix.length()))
          .sorted()
          .toList();
    } catch (IOException e) {
      throw Failures.io("listing " + root, e);
    }
  }

  /** Present from a container's start until its deletion; {@code runsc/container/state_file.go}. */
  Path state(String containerId) {
    return root.resolve(containerId + "_sandbox:" + ROOT_CONTAINER + ".state");
  }
}
