package dev.cofferdam.gvisor;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cofferdam.linux.NetworkNamespaces;
import dev.cofferdam.sandbox.Backend;
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

/** A node with the real runsc, in a folder. */
final class GvisorNode implements AutoCloseable {
  private final Path folder;
  private final Path runtime;
  private final List<Path> networks = new ArrayList<>();

  private final Map<String, String> settings;

  GvisorNode(Path folder) {
    this(folder, Map.of());
  }

  /**
   * @param settings of the backend, beside runsc's path
   */
  GvisorNode(Path folder, Map<String, String> settings) {
    this.settings = settings;
    this.folder = folder;
    this.runtime = folder.resolve("run");
  }

  Path runtime() {
    return runtime;
  }

  Backend open() {
    Map<String, String> all = new HashMap<>(settings);
    all.putAll(RunscProgram.settings());
    return new GvisorProvider().open(runtime, all);
  }

  Optional<Path> newNetwork() throws Exception {
    Path file = folder.resolve("netns-" + networks.size());
    NetworkNamespaces.create(file);
    networks.add(file);
    return Optional.of(file);
  }

  static void assertWall(String kernelVersion) throws Exception {
    assertTrue(kernelVersion.contains("gvisor"), kernelVersion);
    assertNotEquals(Files.readString(Path.of("/proc/version")), kernelVersion);
  }

  void assertNothingLeft(SandboxSpec spec) throws Exception {
    Layout layout = Layout.of(runtime, spec);
    // A runsc that was just being started for a call finds nothing and ends by itself.
    HostProcesses processes = new HostProcesses(layout.root());
    Eventually.get(
        "processes of the sandbox end", () -> Optional.of(processes.all()).filter(List::isEmpty));
    assertFalse(Files.exists(layout.root()), () -> layout.root() + " is left");
    String mounts = Files.readString(Path.of("/proc/self/mountinfo"));
    assertFalse(mounts.contains(layout.root().toString()), mounts);
  }

  @Override
  public void close() throws IOException {
    for (Path network : networks) {
      NetworkNamespaces.delete(network);
    }
  }
}
