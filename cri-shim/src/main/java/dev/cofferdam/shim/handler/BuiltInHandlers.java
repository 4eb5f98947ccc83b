package dev.cofferdam.shim.handler;

import dev.cofferdam.sandbox.Backend;
import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.ProbeResult;
import dev.cofferdam.sandbox.SandboxException;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Handlers that need neither a policy nor a cluster, so that {@code crictl runp -r} can try us. */
public final class BuiltInHandlers implements HandlerSource {

  /**
   * A blank variant is the one that the backend prefers. Pods may share the node's network: who may
   * make such pods is for the cluster's own admission to say, as with any runtime; a policy is
   * there to say no.
   */
  private static final Map<String, Placement> PLACEMENTS =
      Map.of(
          "gvisor", new Placement("gvisor", "", true),
          "gvisor-ptrace", new Placement("gvisor", "ptrace", true),
          "gvisor-kvm", new Placement("gvisor", "kvm", true),
          "microvm", new Placement("microvm", "", true),
          "microvm-firecracker", new Placement("microvm", "firecracker", true),
          "microvm-qemu", new Placement("microvm", "qemu", true));

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
    String variant = variant(asked, backends.require(asked.backend()));
    ProbeResult proof = proofs.of(asked.backend(), variant);
    if (!proof.works()) {
      throw new SandboxException(
          ErrorCode.NO_BACKEND,
          "runtime handler \"" + handler + "\" does not work on this node: " + proof.detail());
    }
    return new Placement(asked.backend(), variant, asked.hostNetwork());
  }

  @Override
  public Optional<Placement> expected(String handler) {
    return Optional.ofNullable(PLACEMENTS.get(handler))
        .flatMap(
            asked ->
                backends
                    .byName(asked.backend())
                    .map(
                        backend ->
                            new Placement(
                                asked.backend(), variant(asked, backend), asked.hostNetwork())));
  }

  private static String variant(Placement asked, Backend backend) {
    boolean preferred = asked.variant().isEmpty() && !backend.variants().isEmpty();
    return preferred ? backend.variants().getFirst() : asked.variant();
  }

  @Override
  public List<String> names() {
    return PLACEMENTS.keySet().stream().sorted().toList();
  }
}
