package dev.cofferdam.shim.sandboxnode;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cofferdam.policy.Ground;
import dev.cofferdam.policy.ProbeReason;
import dev.cofferdam.policy.node.BackendProof;
import dev.cofferdam.policy.node.SandboxNodeStatus;
import dev.cofferdam.shim.check.Finding;
import dev.cofferdam.shim.check.LiveOverhead;
import dev.cofferdam.shim.check.NodeReport;
import dev.cofferdam.shim.check.Overhead;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class NodeStatusTest {
  private static final long MIB = 1 << 20;

  private static final SandboxNodeStatus NOTHING =
      new SandboxNodeStatus(
          null, null, null, null, List.of(), List.of(), Map.of(), List.of(), null, List.of());

  private static Finding finding(boolean works, String message, boolean timedOut, long memory) {
    return new Finding(
        "gvisor",
        "systrap",
        works,
        message,
        timedOut,
        "release-1",
        2000,
        Optional.of(900L),
        List.of(),
        Optional.of(new Overhead(List.of(new Overhead.Shape(1, true, memory, 30, 0, 0)))));
  }

  private static NodeReport report(Finding finding) {
    return new NodeReport(
        "boot",
        "6.1",
        "containerd v2",
        "",
        "",
        new dev.cofferdam.shim.check.Ground(true, "KVM", false, "nested off", "CPUID: KVMKVMKVM"),
        List.of(finding));
  }

  private static SandboxNodeStatus status(
      Finding finding, SandboxNodeStatus told, Map<String, LiveOverhead> live, String now) {
    NodeSources sources =
        new NodeSources(
            "1",
            () -> Optional.of(report(finding)),
            () -> live,
            List::of,
            Map::of,
            List::of,
            before -> List.of());
    return NodeStatus.of(sources, told, now);
  }

  private static BackendProof only(SandboxNodeStatus status) {
    assertEquals(1, status.backends().size());
    return status.backends().getFirst();
  }

  @Test
  void finding_thatWorks_isAProof() {
    SandboxNodeStatus status =
        status(finding(true, "Linux gVisor", false, 40 * MIB), NOTHING, Map.of(), "t1");
    BackendProof proof = only(status);
    assertTrue(proof.works());
    assertEquals(ProbeReason.PROVED, proof.reason());
    assertEquals("Linux gVisor", proof.message());
    assertEquals("t1", proof.lastChangeTime());
    assertEquals(40 * MIB, Objects.requireNonNull(proof.overhead()).memoryBytes());
    assertEquals("gvisor/systrap", Objects.requireNonNull(status.summary()).works());
    assertEquals(Ground.VIRTUAL_MACHINE, Objects.requireNonNull(status.below()).kind());
  }

  @Test
  void finding_thatDoesNotWork_saysWhyInOneWord() {
    assertEquals(ProbeReason.TIMED_OUT, reason("boot probe timed out after 60.0 s", true));
    assertEquals(ProbeReason.NOT_SUPPORTED, reason("KVM: there is no /dev/kvm, x", false));
    assertEquals(ProbeReason.NOT_INSTALLED, reason("runsc is missing", false));
    assertEquals(ProbeReason.FAILED, reason("memory limit: not killed", false));
  }

  private static ProbeReason reason(String message, boolean timedOut) {
    return NodeFindings.reason(finding(false, message, timedOut, 0));
  }

  @Test
  void numbers_thatDifferALittle_areToldAsBefore() {
    SandboxNodeStatus first = status(finding(true, "x", false, 40 * MIB), NOTHING, Map.of(), "t1");
    SandboxNodeStatus second = status(finding(true, "x", false, 43 * MIB), first, Map.of(), "t2");
    assertEquals(first, second);
    SandboxNodeStatus third = status(finding(true, "x", false, 50 * MIB), first, Map.of(), "t2");
    assertEquals(50 * MIB, Objects.requireNonNull(only(third).overhead()).memoryBytes());
    assertTrue(NodeStatus.differ(first, third));
  }

  @Test
  void overhead_ofLivePodsThatCostMoreOnAverage_counts() {
    BackendProof proof =
        only(
            status(
                finding(true, "x", false, 40 * MIB),
                NOTHING,
                Map.of("gvisor/systrap", new LiveOverhead(3, 3 * 61 * MIB)),
                "t1"));
    assertEquals(61 * MIB, Objects.requireNonNull(proof.overhead()).memoryBytes());
    assertEquals(3, Objects.requireNonNull(proof.overhead()).livePods());
  }

  @Test
  void numberOfLivePods_isNoNewsByItself() {
    Finding same = finding(true, "x", false, 40 * MIB);
    SandboxNodeStatus first =
        status(same, NOTHING, Map.of("gvisor/systrap", new LiveOverhead(3, MIB)), "t1");
    SandboxNodeStatus second =
        status(same, first, Map.of("gvisor/systrap", new LiveOverhead(4, MIB)), "t1");
    assertFalse(NodeStatus.differ(first, second));
  }

  /** An edit of what is asked of namespaces, say: else every node of the cluster would write. */
  @Test
  void generationOfAPolicyThatAsksTheSameOfNodes_isNoNewsByItself() {
    assertFalse(NodeStatus.differ(acknowledging("3/5f2c"), acknowledging("4/5f2c")));
    assertTrue(NodeStatus.differ(acknowledging("3/5f2c"), acknowledging("4/77aa")));
    assertTrue(NodeStatus.differ(acknowledging("3/5f2c"), NOTHING));
  }

  private static SandboxNodeStatus acknowledging(String acknowledgement) {
    return new SandboxNodeStatus(
        null,
        null,
        null,
        null,
        List.of(),
        List.of(),
        Map.of("policy", acknowledgement),
        List.of(),
        null,
        List.of());
  }

  @Test
  void changeOfWorks_hasItsTime_andTheSameAnswerKeepsIt() {
    SandboxNodeStatus first = status(finding(true, "x", false, MIB), NOTHING, Map.of(), "t1");
    SandboxNodeStatus lost = status(finding(false, "gone", false, MIB), first, Map.of(), "t2");
    SandboxNodeStatus stillLost =
        status(finding(false, "gone too", false, MIB), lost, Map.of(), "t3");
    assertEquals("t2", only(lost).lastChangeTime());
    assertEquals("t2", only(stillLost).lastChangeTime());
    assertEquals("nothing", Objects.requireNonNull(lost.summary()).works());
  }

  @Test
  void node_thatWasNotCheckedSinceItsBoot_hasProvedNothing() {
    SandboxNodeStatus before = status(finding(true, "x", false, MIB), NOTHING, Map.of(), "t1");
    NodeSources unchecked =
        new NodeSources(
            "1", Optional::empty, Map::of, List::of, Map::of, List::of, told -> List.of());
    assertEquals(List.of(), NodeStatus.of(unchecked, before, "t2").backends());
  }
}
