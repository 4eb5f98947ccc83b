package dev.cofferdam.shim.handler;

import dev.cofferdam.sandbox.Backend;
import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.ProbeResult;
import dev.cofferdam.sandbox.SandboxException;
import java.util.List;
import java.util.Map;

/** Handlers that need neither a policy nor a cluster, so that {@code crictl runp -r} can try us. */
public final class BuiltInHandlers implements HandlerSource {

  /** A blank variant is the one that the backend prefers. */
  private static final Map<String, Placement> PLACEMENTS =
      Map.of(
          "gvisor", new Placement("gvisor", ""),
          "gvisor-ptrace", new Placement("gvisor", "ptrace"),
          "gvisor-kvm", new Placement("gvisor", "kvm"),
          "microvm", new Placement("microvm", ""),
          "microvm-firecracker", new Placement("microvm", "firecracker"),
          "microvm-qemu", new Placement("microvm", "qemu"));

  private final Backends backends;
  private final Proofs proofs;

  public BuiltInHandlers(Backends backends, Proofs proofs) {
    this.backends = backends;
    this.proofs = proofs;
  }

  @Override
  public boolean owns(String handler) {
    return PLACEMENTS.containsKey(handler);
  }

  @Override
  public Placement place(String handler) {
    Placement asked = PLACEMENTS.get(handler);
    if (asked == null) {
      throw new SandboxException(
          ErrorCode.NO_BACKEND, "there is no built-in runtime handler \"" + handler + "\"");
    }
    Backend backend = backends.require(asked.backend());
    String variant = asked.variant();
    if (variant.isEmpty()) {
      variant = backend.variants().isEmpty() ? "" : backend.variants().getFirst();
    }
    ProbeResult proof = proofs.of(asked.backend(), variant);
    if (!proof.works()) {
      throw new SandboxException(
          ErrorCode.NO_BACKEND,
          "runtime handler \"" + handler + "\" does not work on this node: " + proof.detail());
    }
    return new Placement(asked.backend(), variant);
  }

  @Override
  public List<String> names() {
    return PLACEMENTS.keySet().stream().sorted().toList();
  }
}
