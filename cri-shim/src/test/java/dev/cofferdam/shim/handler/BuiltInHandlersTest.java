package dev.cofferdam.shim.handler;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

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
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class BuiltInHandlersTest {
  private final ProbedBackend gvisor = new ProbedBackend("gvisor", "systrap", "ptrace", "kvm");
  private final Backends backends = new Backends(List.of(gvisor));
  private final Proofs proofs = new Proofs(backends, Duration.ofSeconds(1), Duration.ofNanos(1));
  private final RuntimeHandlers handlers =
      new RuntimeHandlers(backends, List.of(new BuiltInHandlers(backends, proofs, false)));

  /** A backend of which only the probes matter. */
  private static final class ProbedBackend implements Backend {
    private final String name;
    private final List<String> variants;
    final Set<String> working = ConcurrentHashMap.newKeySet();
    final AtomicInteger probes = new AtomicInteger();

    ProbedBackend(String name, String... variants) {
      this.name = name;
      this.variants = List.of(variants);
    }

    @Override
    public String name() {
      return name;
    }

    @Override
    public List<String> variants() {
      return variants;
    }

    @Override
    public Capabilities capabilities(String variant) {
      return Capabilities.of();
    }

    @Override
    public ProbeResult probe(String variant, Duration timeout) {
      probes.incrementAndGet();
      if (variant.equals("kvm")) {
        throw new IllegalStateException("the probe itself broke");
      }
      boolean works = working.contains(variant);
      return new ProbeResult(works, works ? "it ran" : "runsc is missing", "1", Duration.ZERO);
    }

    @Override
    public Sandbox create(SandboxSpec spec, Deadline deadline) {
      throw new AssertionError("nothing is to be made");
    }

    @Override
    public Optional<Sandbox> find(SandboxSpec spec, Deadline deadline) {
      return Optional.empty();
    }

    @Override
    public void purge(SandboxSpec spec, Deadline deadline) {}
  }

  @Test
  void resolve_gvisor_isItsPreferredVariant_andPtraceWhenAskedFor() {
    gvisor.working.addAll(List.of("systrap", "ptrace"));
    assertEquals("systrap", handlers.resolve("gvisor").variant());
    assertEquals("ptrace", handlers.resolve("gvisor-ptrace").variant());
  }

  @Test
  void resolve_whereTheProbeFailed_saysItsReasonAndLooksAgainLater() {
    SandboxException e = assertThrows(SandboxException.class, () -> handlers.resolve("gvisor"));
    assertEquals(ErrorCode.NO_BACKEND, e.code());
    assertTrue(e.toString().contains("runsc is missing"), e.toString());

    gvisor.working.add("systrap");
    assertEquals("systrap", handlers.resolve("gvisor").variant());
  }

  @Test
  void resolve_again_believesTheProof() {
    gvisor.working.add("systrap");
    var _ = handlers.resolve("gvisor");
    var _ = handlers.resolve("gvisor");
    assertEquals(1, gvisor.probes.get());
  }

  @Test
  void resolve_whereTheProbeItselfBreaks_saysSo() {
    SandboxException e = assertThrows(SandboxException.class, () -> handlers.resolve("gvisor-kvm"));
    assertTrue(e.toString().contains("the probe itself broke"), e.toString());
  }

  @Test
  void resolve_ofABackendThatIsNotBuiltIn_saysSoAndIsOwnedAllTheSame() {
    assertTrue(handlers.owns("microvm-qemu"));
    SandboxException e =
        assertThrows(SandboxException.class, () -> handlers.resolve("microvm-qemu"));
    assertEquals(ErrorCode.NO_BACKEND, e.code());
  }

  private static RuntimeHandlers microVms(ProbedBackend microVm, boolean emulation) {
    Backends backends = new Backends(List.of(microVm));
    Proofs proofs = new Proofs(backends, Duration.ofSeconds(1), Duration.ofNanos(1));
    return new RuntimeHandlers(backends, List.of(new BuiltInHandlers(backends, proofs, emulation)));
  }

  private static ProbedBackend microVm() {
    return new ProbedBackend("microvm", "firecracker", "qemu", "qemu-emulated");
  }

  @Test
  void resolve_microvm_isTheFirstMonitorThatWorks() {
    ProbedBackend microVm = microVm();
    microVm.working.addAll(List.of("qemu", "qemu-emulated"));
    assertEquals("qemu", microVms(microVm, true).resolve("microvm").variant());
    microVm.working.add("firecracker");
    assertEquals("firecracker", microVms(microVm, true).resolve("microvm").variant());
    assertEquals("qemu", microVms(microVm, true).resolve("microvm-qemu").variant());
  }

  @Test
  void resolve_microvmWithoutHardware_isEmulatedOnlyWhereTheNodeAllowsIt() {
    ProbedBackend microVm = microVm();
    microVm.working.add("qemu-emulated");
    assertEquals("qemu-emulated", microVms(microVm, true).resolve("microvm").variant());
    assertEquals("qemu-emulated", microVms(microVm, true).resolve("microvm-qemu").variant());
    for (String handler : List.of("microvm", "microvm-qemu")) {
      SandboxException e =
          assertThrows(SandboxException.class, () -> microVms(microVm, false).resolve(handler));
      assertTrue(e.toString().contains("handlers.emulation"), e.toString());
    }
    assertThrows(
        SandboxException.class, () -> microVms(microVm, true).resolve("microvm-firecracker"));
  }

  @Test
  void owns_runcOrNothing_isNot() {
    assertFalse(handlers.owns("runc"));
    assertFalse(handlers.owns(""));
  }
}
