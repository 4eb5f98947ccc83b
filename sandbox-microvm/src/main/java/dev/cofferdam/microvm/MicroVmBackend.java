package dev.cofferdam.microvm;

import dev.cofferdam.sandbox.Backend;
import dev.cofferdam.sandbox.Capabilities;
import dev.cofferdam.sandbox.Deadline;
import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.ProbeResult;
import dev.cofferdam.sandbox.Sandbox;
import dev.cofferdam.sandbox.SandboxException;
import dev.cofferdam.sandbox.SandboxSpec;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** The place of microVMs among the backends. In this version it says that it has none. */
final class MicroVmBackend implements Backend {
  static final String NAME = "microvm";

  private static final String UNAVAILABLE =
      "the microVM backend is not available in this version of Cofferdam; use gVisor";

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public List<String> variants() {
    return List.of("firecracker", "qemu");
  }

  @Override
  public Capabilities capabilities(String variant) {
    return Capabilities.of();
  }

  @Override
  public ProbeResult probe(String variant, Duration timeout) {
    return new ProbeResult(false, UNAVAILABLE, "", Duration.ZERO);
  }

  @Override
  public Sandbox create(SandboxSpec spec, Deadline deadline) {
    throw new SandboxException(ErrorCode.UNSUPPORTED, UNAVAILABLE);
  }

  /** None was ever created, so none is found. */
  @Override
  public Optional<Sandbox> find(SandboxSpec spec, Deadline deadline) {
    return Optional.empty();
  }

  /** None was ever created, so nothing is left. */
  @Override
  public void purge(SandboxSpec spec, Deadline deadline) {}
}
