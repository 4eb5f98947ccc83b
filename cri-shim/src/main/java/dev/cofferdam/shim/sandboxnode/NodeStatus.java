package dev.cofferdam.shim.sandboxnode;

import dev.cofferdam.policy.Requirement;
import dev.cofferdam.policy.node.BackendProof;
import dev.cofferdam.policy.node.SandboxNodeStatus;
import dev.cofferdam.policy.node.SandboxOverhead;
import dev.cofferdam.shim.check.NodeReport;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** What is to stand in the status of this node's SandboxNode. Pure but for its sources. */
final class NodeStatus {
  private NodeStatus() {}

  /**
   * Out of what is known now.
   *
   * @param told what stands there
   * @param now RFC 3339
   */
  static SandboxNodeStatus of(NodeSources sources, SandboxNodeStatus told, String now) {
    Optional<NodeReport> report = sources.report().get();
    // Nothing has been proved since the node was booted: nor is anything told.
    List<BackendProof> proofs =
        report
            .map(found -> NodeFindings.proofs(found, told.backends(), sources.live().get(), now))
            .orElse(List.of());
    String works =
        proofs.stream()
            .filter(BackendProof::works)
            .map(proof -> proof.backend() + "/" + proof.variant())
            .collect(Collectors.joining(", "));
    return new SandboxNodeStatus(
        sources.shimVersion(),
        report.map(NodeReport::containerd).orElse(told.containerdVersion()),
        report.map(NodeReport::kernelVersion).orElse(told.kernelVersion()),
        report.map(NodeFindings::below).orElse(told.below()),
        proofs,
        sources.sandboxes().get(),
        sources.acknowledged().get(),
        sources.refused().get(),
        new SandboxNodeStatus.Summary(works.isEmpty() ? "nothing" : works),
        sources.conditions().apply(told.conditions()));
  }

  /** Whether they differ in more than in numbers that come and go with pods. */
  static boolean differ(SandboxNodeStatus one, SandboxNodeStatus other) {
    return !withoutNumbers(one).equals(withoutNumbers(other));
  }

  private static SandboxNodeStatus withoutNumbers(SandboxNodeStatus status) {
    return new SandboxNodeStatus(
        status.shimVersion(),
        status.containerdVersion(),
        status.kernelVersion(),
        status.below(),
        status.backends().stream().map(NodeStatus::withoutLivePods).toList(),
        List.of(),
        requirements(status.acknowledged()),
        status.refused(),
        status.summary(),
        status.conditions());
  }

  // An edit of what a policy asks of pods or namespaces is a new generation and nothing for nodes:
  // it is told with the numbers, or each such edit would have every node of the cluster write.
  private static Map<String, String> requirements(Map<String, String> acknowledged) {
    Map<String, String> requirements = new HashMap<>();
    acknowledged.forEach(
        (policy, value) -> requirements.put(policy, Requirement.ofAcknowledgement(value)));
    return requirements;
  }

  private static BackendProof withoutLivePods(BackendProof proof) {
    @Nullable SandboxOverhead overhead = proof.overhead();
    return new BackendProof(
        proof.backend(),
        proof.variant(),
        proof.works(),
        proof.reason(),
        proof.message(),
        proof.probeMillis(),
        proof.lastChangeTime(),
        proof.version(),
        overhead == null
            ? null
            : new SandboxOverhead(overhead.memoryBytes(), overhead.cpuMillis(), null),
        proof.coldStartMillis(),
        proof.warmStartMillis());
  }
}
