package dev.cofferdam.policy;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.cofferdam.policy.MicroVmChoice.Acceleration;
import dev.cofferdam.policy.MicroVmChoice.Monitor;
import dev.cofferdam.policy.NodeProof.Finding;
import io.fabric8.kubernetes.api.model.Quantity;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class PlacementTest {

  private static final BackendChoice GVISOR = new BackendChoice(BackendType.GVISOR, null, null);
  private static final BackendChoice MICROVM = new BackendChoice(BackendType.MICROVM, null, null);
  private static final Variant SYSTRAP = new Variant("gvisor", "systrap");
  private static final Variant KVM = new Variant("gvisor", "kvm");
  private static final Variant QEMU = new Variant("microvm", "qemu");
  private static final Variant EMULATED = new Variant("microvm", "qemu-emulated");

  @Test
  void of_firstBackendProved_takesIt() {
    Placement placement =
        Placement.of(policy(Isolation.APPLICATION_KERNEL, MICROVM, GVISOR), proved(SYSTRAP, QEMU));
    assertEquals(new Placement.Placed(QEMU, MICROVM), placement);
  }

  @Test
  void of_firstBackendNotProved_takesTheNext() {
    Placement placement =
        Placement.of(policy(Isolation.APPLICATION_KERNEL, MICROVM, GVISOR), proved(SYSTRAP));
    assertEquals(new Placement.Placed(SYSTRAP, GVISOR), placement);
  }

  @Test
  void of_platformNamed_takesNoOther() {
    BackendChoice kvm = gVisor(GVisorChoice.Platform.KVM);
    SandboxPolicySpec policy = policy(Isolation.APPLICATION_KERNEL, kvm);
    assertEquals(new Placement.Placed(KVM, kvm), Placement.of(policy, proved(SYSTRAP, KVM)));
    assertEquals(
        new Placement.Refused(List.of("GVisor (gvisor/kvm: hangs)")),
        Placement.of(
            policy,
            NodeProof.of(
                Map.of(
                    SYSTRAP, new Finding(true, "Linux 4.4.0"), KVM, new Finding(false, "hangs")))));
  }

  @Test
  void of_nothingProved_hasOneReasonForEachBackend() {
    Placement placement =
        Placement.of(
            policy(Isolation.APPLICATION_KERNEL, MICROVM, gVisor(GVisorChoice.Platform.SYSTRAP)),
            NodeProof.of(Map.of(SYSTRAP, new Finding(false, "runsc: no such file"))));
    assertEquals(
        new Placement.Refused(
            List.of(
                "MicroVM (microvm/firecracker: not proved on this node (yet); microvm/qemu: not"
                    + " proved on this node (yet))",
                "GVisor (gvisor/systrap: runsc: no such file)")),
        placement);
  }

  @Test
  void of_weakerThanAsked_isRefusedThoughProved() {
    assertEquals(
        new Placement.Refused(List.of("GVisor gives ApplicationKernel, less than VirtualMachine")),
        Placement.of(policy(Isolation.VIRTUAL_MACHINE, GVISOR), proved(SYSTRAP)));
  }

  @ParameterizedTest
  @EnumSource(
      value = Isolation.class,
      names = {"APPLICATION_KERNEL", "VIRTUAL_MACHINE"})
  void of_emulation_servesDevelopmentOnly(Isolation isolation) {
    BackendChoice emulated =
        new BackendChoice(
            BackendType.MICROVM,
            null,
            new MicroVmChoice(Monitor.AUTO, Acceleration.EMULATED, 1, new Quantity("256Mi")));
    assertEquals(
        new Placement.Placed(EMULATED, emulated),
        Placement.of(policy(Isolation.DEVELOPMENT, emulated), proved(EMULATED)));
    assertEquals(
        new Placement.Refused(List.of("MicroVM gives Development, less than " + isolation)),
        Placement.of(policy(isolation, emulated), proved(EMULATED)));
  }

  @Test
  void of_hardwareAsked_isNotServedByEmulation() {
    assertEquals(
        Placement.Refused.class,
        Placement.of(policy(Isolation.DEVELOPMENT, MICROVM), proved(EMULATED)).getClass());
  }

  private static BackendChoice gVisor(GVisorChoice.Platform platform) {
    return new BackendChoice(
        BackendType.GVISOR, new GVisorChoice(platform, GVisorChoice.Network.SANDBOX), null);
  }

  private static SandboxPolicySpec policy(Isolation isolation, BackendChoice... backends) {
    return new SandboxPolicySpec(isolation, List.of(backends), null, null, null);
  }

  private static NodeProof proved(Variant... variants) {
    Map<Variant, Finding> findings = new HashMap<>();
    for (Variant variant : variants) {
      findings.put(variant, new Finding(true, "ran"));
    }
    return NodeProof.of(findings);
  }
}
