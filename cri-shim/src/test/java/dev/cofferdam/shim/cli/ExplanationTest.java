package dev.cofferdam.shim.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.cofferdam.policy.NodeFacts;
import dev.cofferdam.policy.NodeProof;
import dev.cofferdam.policy.PolicyDocument;
import dev.cofferdam.policy.ProbeReason;
import dev.cofferdam.policy.SandboxPolicySpec;
import dev.cofferdam.policy.Variant;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ExplanationTest {
  private static final NodeProof.Finding WORKS =
      new NodeProof.Finding(true, ProbeReason.PROVED, "Linux 4.19-gvisor");

  private static SandboxPolicySpec spec(String backends) throws Exception {
    return PolicyDocument.read(
            """
            {"apiVersion": "cofferdam.dev/v1alpha1", "kind": "SandboxPolicy", "metadata": {"name": "p"},
             "spec": {"isolation": "ApplicationKernel", "backends": [%s]}}
            """
                .formatted(backends)
                .getBytes(StandardCharsets.UTF_8))
        .spec();
  }

  private static NodeFacts node(Map<Variant, NodeProof.Finding> findings) {
    return new NodeFacts(Optional.empty(), findings);
  }

  private static NodeProof.Finding missing(String what) {
    return new NodeProof.Finding(false, ProbeReason.NOT_INSTALLED, what + " is not there");
  }

  @Test
  void firstBackendThatWorks_isOneLine() throws Exception {
    assertEquals(
        new Explanation(true, List.of("p (ApplicationKernel): gvisor/systrap")),
        Explanation.of(
            "p",
            spec("{\"type\": \"GVisor\"}"),
            node(Map.of(new Variant("gvisor", "systrap"), WORKS))));
  }

  @Test
  void backendsThatThePolicyWouldRatherHave_areExplained_oneVariantALine() throws Exception {
    Explanation explanation =
        Explanation.of(
            "p",
            spec("{\"type\": \"MicroVM\"}, {\"type\": \"GVisor\"}"),
            node(
                Map.of(
                    new Variant("gvisor", "systrap"),
                    WORKS,
                    new Variant("microvm", "firecracker"),
                    missing("jailer"),
                    new Variant("microvm", "qemu"),
                    missing("image"))));
    assertEquals(
        List.of(
            "p (ApplicationKernel): gvisor/systrap",
            "  the policy would rather have, and this node cannot give:",
            "  MicroVM (microvm/firecracker: jailer is not there",
            "    microvm/qemu: image is not there)"),
        explanation.lines());
  }

  @Test
  void noBackend_isAReasonForEach() throws Exception {
    Explanation explanation =
        Explanation.of(
            "p",
            spec("{\"type\": \"GVisor\", \"gVisor\": {\"platform\": \"KVM\"}}"),
            node(Map.of(new Variant("gvisor", "kvm"), missing("/dev/kvm"))));
    assertEquals(
        new Explanation(
            false,
            List.of(
                "p (ApplicationKernel): no wall here",
                "  GVisor (gvisor/kvm: /dev/kvm is not there)")),
        explanation);
  }
}
