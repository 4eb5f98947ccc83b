package dev.cofferdam.gvisor;

import dev.cofferdam.sandbox.Backend;
import dev.cofferdam.sandbox.SandboxSpec;
import dev.cofferdam.sandbox.testing.ContractFixture;
import dev.cofferdam.sandbox.testing.Eventually;
import dev.cofferdam.sandbox.testing.PipeStdio;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;

/** As {@link GvisorContract}, without the contract's own tests. */
@Tag("contract")
abstract class GvisorFixture extends ContractFixture {
  private GvisorNode node = new GvisorNode(Path.of("/nowhere"));
  private Backend backend = node.open();

  @BeforeEach
  void open() {
    node = new GvisorNode(folder);
    backend = node.open();
  }

  @AfterEach
  void close() throws Exception {
    node.close();
  }

  Path runtime() {
    return node.runtime();
  }

  /** Collects what is written until it holds this text. */
  static String outputWith(PipeStdio pipes, String text) {
    StringBuilder seen = new StringBuilder();
    return Eventually.get(
        "output `" + text + "`",
        () -> {
          try {
            seen.append(pipes.output());
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
          return Optional.of(seen.toString()).filter(s -> s.contains(text));
        });
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
  protected String variant() {
    return "systrap";
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
