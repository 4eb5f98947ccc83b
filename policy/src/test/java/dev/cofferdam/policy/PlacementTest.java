package dev.cofferdam.policy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import dev.cofferdam.policy.MicroVmChoice.Acceleration;
import dev.cofferdam.policy.MicroVmChoice.Monitor;
import dev.cofferdam.policy.NodeProof.Finding;
import io.fabric8.kubernetes.api.model.Quantity;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class PlacementTest {

  private static final BackendChoice GVISOR =
      new BackendChoice(BackendType.GVISOR, null, null, null);
  private static final BackendChoice MICROVM =
      new BackendChoice(BackendType.MICROVM, null, null, null);
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
        List.of("GVisor (gvisor/kvm: hangs)"),
        refusals(
            policy,
            NodeProof.of(
                Map.of(SYSTRAP, Finding.proved("Linux 4.4.0"), KVM, Finding.failed("hangs")))));
  }

  @Test
  void of_nothingProved_hasOneReasonForEachBackend() {
    List<String> reasons =
        refusals(
            policy(Isolation.APPLICATION_KERNEL, MICROVM, gVisor(GVisorChoice.Platform.SYSTRAP)),
            NodeProof.of(Map.of(SYSTRAP, Finding.failed("runsc: no such file"))));
    assertEquals(
        List.of(
            "MicroVM (microvm/firecracker: not proved on this node (yet); microvm/qemu: not"
                + " proved on this node (yet))",
            "GVisor (gvisor/systrap: runsc: no such file)"),
        reasons);
  }

  @Test
  void of_weakerThanAsked_isRefusedThoughProved() {
    assertEquals(
        List.of("GVisor gives ApplicationKernel, less than VirtualMachine"),
        refusals(policy(Isolation.VIRTUAL_MACHINE, GVISOR), proved(SYSTRAP)));
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
            new MicroVmChoice(Monitor.AUTO, Acceleration.EMULATED, 1, new Quantity("256Mi")),
            null);
    assertEquals(
        new Placement.Placed(EMULATED, emulated),
        Placement.of(policy(Isolation.DEVELOPMENT, emulated), proved(EMULATED)));
    assertEquals(
        List.of("MicroVM gives Development, less than " + isolation),
        refusals(policy(isolation, emulated), proved(EMULATED)));
  }

  @Test
  void of_hardwareAsked_isNotServedByEmulation() {
    assertEquals(
        Placement.Refused.class,
        Placement.of(policy(Isolation.DEVELOPMENT, MICROVM), proved(EMULATED)).getClass());
  }

  @Test
  void of_onNodesNamed_goesByWhatIsBelowTheNode() {
    BackendChoice onMetal = new BackendChoice(BackendType.MICROVM, null, null, Ground.BARE_METAL);
    SandboxPolicySpec policy = policy(Isolation.APPLICATION_KERNEL, onMetal, GVISOR);
    Map<Variant, Finding> findings =
        Map.of(QEMU, Finding.proved("ran"), SYSTRAP, Finding.proved("ran"));
    assertEquals(
        new Placement.Placed(QEMU, onMetal),
        Placement.of(policy, new NodeFacts(Optional.of(Ground.BARE_METAL), findings)));
    assertEquals(
        new Placement.Placed(SYSTRAP, GVISOR),
        Placement.of(policy, new NodeFacts(Optional.of(Ground.VIRTUAL_MACHINE), findings)));
    SandboxPolicySpec alone = policy(Isolation.VIRTUAL_MACHINE, onMetal);
    assertEquals(
        List.of("MicroVM is wanted on BareMetal only, and this node is VirtualMachine"),
        refusals(alone, new NodeFacts(Optional.of(Ground.VIRTUAL_MACHINE), findings)));
    assertEquals(
        List.of("MicroVM is wanted on BareMetal only, and what is below this node is not known"),
        refusals(alone, new NodeFacts(Optional.empty(), findings)));
  }

  private static List<String> refusals(SandboxPolicySpec policy, NodeProof node) {
    return assertInstanceOf(Placement.Refused.class, Placement.of(policy, node)).reasons();
  }

  private static BackendChoice gVisor(GVisorChoice.Platform platform) {
    return new BackendChoice(
        BackendType.GVISOR, new GVisorChoice(platform, GVisorChoice.Network.SANDBOX), null, null);
  }

  private static SandboxPolicySpec policy(Isolation isolation, BackendChoice... backends) {
    return new SandboxPolicySpec(
        isolation, List.of(backends), null, OverheadSource.MEASURED, null, null);
  }

  private static NodeProof proved(Variant... variants) {
    Map<Variant, Finding> findings = new HashMap<>();
    for (Variant variant : variants) {
      findings.put(variant, Finding.proved("ran"));
    }
    return NodeProof.of(findings);
  }
}
