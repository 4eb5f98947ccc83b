package dev.cofferdam.microvm;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cofferdam.linux.NetworkNamespaces;
import dev.cofferdam.microvm.monitor.MachineFolder;
import dev.cofferdam.microvm.monitor.MachineProcesses;
import dev.cofferdam.sandbox.Backend;
import dev.cofferdam.sandbox.RootFilesystem;
import dev.cofferdam.sandbox.SandboxSpec;
import dev.cofferdam.sandbox.testing.Eventually;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A node that can boot guests, in a folder. */
final class MicroVmNode implements AutoCloseable {
  private final Path folder;
  private final Path runtime;
  private final Map<String, String> settings;
  private final List<Path> networks = new ArrayList<>();

  MicroVmNode(Path folder, Map<String, String> settings) {
    this.folder = folder;
    this.runtime = folder.resolve("run");
    this.settings = settings;
  }

  Backend open() {
    Map<String, String> all = new HashMap<>(settings);
    all.putIfAbsent("images", required("COFFERDAM_GUEST_IMAGE"));
    all.putIfAbsent("files", required("COFFERDAM_FILES"));
    all.putIfAbsent("vsock-device", required("COFFERDAM_VHOST_DEVICE_VSOCK"));
    all.putIfAbsent("cache", folder.resolve("cache").toString());
    return new MicroVmProvider().open(runtime, all);
  }

  /** dev/test names what it has built. */
  static String required(String variable) {
    String value = System.getenv(variable);
    if (value == null || value.isBlank()) {
      throw new IllegalStateException(variable + " is not set: run `dev/test microvm`");
    }
    return value;
  }

  Optional<Path> newNetwork() throws Exception {
    Path file = folder.resolve("netns-" + networks.size());
    NetworkNamespaces.create(file);
    networks.add(file);
    return Optional.of(file);
  }

  /** All containers of a test have the same image, as those of a pod mostly do. */
  static RootFilesystem image(Path tree) {
    return image(tree, 0);
  }

  /** The same files as an image of another name. */
  static RootFilesystem image(Path tree, int number) {
    return new RootFilesystem.Image("sha256:%064d".formatted(number), tree);
  }

  static void assertWall(String kernelVersion) throws Exception {
    assertTrue(kernelVersion.startsWith("Linux version "), kernelVersion);
    assertNotEquals(Files.readString(Path.of("/proc/version")), kernelVersion);
  }

  void assertNothingLeft(SandboxSpec spec) throws Exception {
    MachineFolder machine = MachineFolder.of(runtime, spec);
    MachineProcesses processes = new MachineProcesses(machine);
    Eventually.get(
        "processes of the sandbox end", () -> Optional.of(processes.all()).filter(List::isEmpty));
    assertFalse(Files.exists(machine.runtime()), () -> machine.runtime() + " is left");
    assertFalse(Files.exists(machine.scratch()), () -> machine.scratch() + " is left");
    assertFalse(Files.exists(folder.resolve("cache/uses").resolve(spec.id())), "an image is held");
  }

  @Override
  public void close() throws IOException {
    for (Path network : networks) {
      NetworkNamespaces.delete(network);
    }
  }
}
