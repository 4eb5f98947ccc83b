package dev.cofferdam.sandbox.testing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.cofferdam.sandbox.Backend;
import dev.cofferdam.sandbox.SandboxSpec;
import java.nio.file.Files;
import java.nio.file.Path;

/** The fake keeps the contract, and with that the contract's tests are themselves tested. */
class FakeBackendTest extends BackendContract {
  private final FakeBackend backend = new FakeBackend();

  @Override
  protected Backend backend() {
    return backend;
  }

  @Override
  protected Backend restart() {
    return backend.restarted();
  }

  @Override
  protected String variant() {
    return FakeBackend.VARIANT;
  }

  @Override
  protected boolean hasTerminals() {
    return false;
  }

  @Override
  protected void assertWall(String kernelVersion) throws Exception {
    assertEquals(Files.readString(Path.of("/proc/version")), kernelVersion, "a fake has no wall");
  }

  @Override
  protected void assertNothingLeft(SandboxSpec spec) {
    assertFalse(backend.sandboxIds().contains(spec.id()));
  }
}
