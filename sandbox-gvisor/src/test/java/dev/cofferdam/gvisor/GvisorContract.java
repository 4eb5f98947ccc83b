package dev.cofferdam.gvisor;

import dev.cofferdam.sandbox.Backend;
import dev.cofferdam.sandbox.SandboxSpec;
import dev.cofferdam.sandbox.testing.BackendContract;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;

/** The contract, kept by the real runsc. */
@Tag("contract")
abstract class GvisorContract extends BackendContract {
  private GvisorNode node = new GvisorNode(Path.of("/nowhere"));
  private Backend backend = node.open();

  @BeforeEach
  void open() {
    node = new GvisorNode(folder, settings());
    backend = node.open();
  }

  /** Of the backend, beside runsc's path. */
  protected Map<String, String> settings() {
    return Map.of();
  }

  @AfterEach
  void close() throws Exception {
    node.close();
  }

  @Override
  protected Backend backend() {
    return backend;
  }

  @Override
  protected Backend restart() {
    return node.open();
  }

  @Override
  protected Optional<Path> networkNamespace() throws Exception {
    return node.newNetwork();
  }

  @Override
  protected void assertWall(String kernelVersion) throws Exception {
    GvisorNode.assertWall(kernelVersion);
  }

  @Override
  protected void assertNothingLeft(SandboxSpec spec) throws Exception {
    node.assertNothingLeft(spec);
  }
}
