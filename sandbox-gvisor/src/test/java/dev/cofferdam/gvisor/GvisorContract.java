package dev.cofferdam.gvisor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cofferdam.linux.NetworkNamespaces;
import dev.cofferdam.sandbox.Backend;
import dev.cofferdam.sandbox.SandboxSpec;
import dev.cofferdam.sandbox.testing.BackendContract;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;

/** The contract, kept by the real runsc. */
@Tag("contract")
abstract class GvisorContract extends BackendContract {
  private final List<Path> networks = new ArrayList<>();
  private Path runtime = Path.of("/");
  private Backend backend = new GvisorProvider().open(runtime, RunscProgram.settings());

  @BeforeEach
  void open() {
    runtime = folder.resolve("run");
    backend = restart();
  }

  @Override
  protected Backend backend() {
    return backend;
  }

  @Override
  protected Backend restart() {
    return new GvisorProvider().open(runtime, RunscProgram.settings());
  }

  @Override
  protected Optional<Path> networkNamespace() throws Exception {
    Path file = folder.resolve("netns-" + networks.size());
    NetworkNamespaces.create(file);
    networks.add(file);
    return Optional.of(file);
  }

  @AfterEach
  void deleteNetworks() throws Exception {
    for (Path network : networks) {
      NetworkNamespaces.delete(network);
    }
  }

  @Override
  protected void assertWall(String kernelVersion) throws Exception {
    assertTrue(kernelVersion.contains("gvisor"), kernelVersion);
    assertNotEquals(Files.readString(Path.of("/proc/version")), kernelVersion);
  }

  @Override
  protected void assertNothingLeft(SandboxSpec spec) throws Exception {
    Layout layout = Layout.of(runtime, spec);
    assertEquals(List.of(), new HostProcesses(layout.root()).all());
    assertFalse(Files.exists(layout.root()), () -> layout.root() + " is left");
    String mounts = Files.readString(Path.of("/proc/self/mountinfo"));
    assertFalse(mounts.contains(layout.root().toString()), mounts);
  }
}
