package dev.cofferdam.shim.handler;

import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.ProbeResult;
import dev.cofferdam.sandbox.SandboxException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Handlers that need neither a policy nor a cluster, so that {@code crictl runp -r} can try us. */
public final class BuiltInHandlers implements HandlerSource {

  /**
   * What a handler may mean.
   *
   * @param variants in the order in which they are tried
   * @param emulated tried after them, where the node allows a wall that isolates nobody
   */
  private record Meaning(String backend, List<String> variants, List<String> emulated) {
    Meaning(String backend, String... variants) {
      this(backend, List.of(variants), List.of());
    }
  }

  private static final List<String> EMULATED = List.of("qemu-emulated");

  private static final Map<String, Meaning> MEANINGS =
      Map.of(
          "gvisor", new Meaning("gvisor", "systrap"),
          "gvisor-ptrace", new Meaning("gvisor", "ptrace"),
          "gvisor-kvm", new Meaning("gvisor", "kvm"),
          "microvm", new Meaning("microvm", List.of("firecracker", "qemu"), EMULATED),
          "microvm-firecracker", new Meaning("microvm", "firecracker"),
          "microvm-qemu", new Meaning("microvm", List.of("qemu"), EMULATED));

  private final Backends backends;
  private final Proofs proofs;
  private final boolean emulation;

  /**
   * @param emulation whether a variant that isolates nobody may be taken where no other works
   */
  public BuiltInHandlers(Backends backends, Proofs proofs, boolean emulation) {
    this.backends = backends;
    this.proofs = proofs;
    this.emulation = emulation;
  }

  @Override
  public boolean owns(String handler) {
    return MEANINGS.containsKey(handler);
  }

  @Override
  public Placement place(String handler) {
    Meaning asked = MEANINGS.get(handler);
    if (asked == null) {
      throw new SandboxException(
          ErrorCode.NO_BACKEND, "there is no built-in runtime handler \"" + handler + "\"");
    }
    var _ = backends.require(asked.backend());
    List<String> reasons = new ArrayList<>();
    for (String variant : candidates(asked)) {
      ProbeResult proof = proofs.of(asked.backend(), variant);
      if (proof.works()) {
        return placement(asked, variant);
      }
      reasons.add(variant + ": " + proof.detail());
    }
    if (!emulation && !asked.emulated().isEmpty()) {
      reasons.add(
          "emulation, which isolates nobody, is off: for development it can be allowed with the"
              + " setting handlers.emulation");
    }
    throw new SandboxException(
        ErrorCode.NO_BACKEND,
        "runtime handler \""
            + handler
            + "\" does not work on this node: "
            + String.join("; ", reasons));
  }

  private List<String> candidates(Meaning asked) {
    List<String> variants = new ArrayList<>(asked.variants());
    if (emulation) {
      variants.addAll(asked.emulated());
    }
    return variants;
  }

  /**
   * Pods may share the node's network: who may make such pods is for the cluster's own admission to
   * say, as with any runtime; a policy is there to say no.
   */
  private static Placement placement(Meaning asked, String variant) {
    return new Placement(asked.backend(), variant, true);
  }

  @Override
  public Optional<Placement> expected(String handler) {
    return Optional.ofNullable(MEANINGS.get(handler))
        .filter(asked -> backends.byName(asked.backend()).isPresent())
        .map(asked -> placement(asked, asked.variants().getFirst()));
  }

  @Override
  public List<String> names() {
    return MEANINGS.keySet().stream().sorted().toList();
  }
}
