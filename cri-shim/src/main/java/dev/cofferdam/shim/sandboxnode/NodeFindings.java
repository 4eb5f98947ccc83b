package dev.cofferdam.shim.sandboxnode;

import dev.cofferdam.policy.Ground;
import dev.cofferdam.policy.ProbeReason;
import dev.cofferdam.policy.node.BackendProof;
import dev.cofferdam.policy.node.Below;
import dev.cofferdam.policy.node.SandboxOverhead;
import dev.cofferdam.shim.check.Finding;
import dev.cofferdam.shim.check.LiveOverhead;
import dev.cofferdam.shim.check.NodeReport;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A check's findings as a SandboxNode tells them. Pure. */
final class NodeFindings {
  private static final int LONGEST_MESSAGE = 1024;

  /** How backends say that something of theirs is not there. */
  private static final List<String> MISSING =
      List.of(
          "not installed", "is missing", "; install ", ": install it", "No such file or directory");

  private static final double SHARE_OF_TIMES = 0.5;
  private static final long LEAST_MILLIS = 500;
  private static final double SHARE_OF_COSTS = 0.1;
  private static final long LEAST_MEMORY_BYTES = 1 << 20;
  private static final long LEAST_CPU_MILLIS = 10;

  private NodeFindings() {}

  static Below below(NodeReport report) {
    var ground = report.ground();
    return new Below(
        ground.virtualMachine() ? Ground.VIRTUAL_MACHINE : Ground.BARE_METAL,
        ground.hypervisor().isEmpty() ? null : ground.hypervisor(),
        ground.extensions(),
        ground.evidence() + "; " + ground.virtualization());
  }

  /**
   * What is to be told of each variant.
   *
   * @param told what was told before
   * @param live what live pods cost, by variant's name
   * @param now RFC 3339
   */
  static List<BackendProof> proofs(
      NodeReport report, List<BackendProof> told, Map<String, LiveOverhead> live, String now) {
    return report.findings().stream()
        .map(
            finding -> {
              @Nullable BackendProof before =
                  told.stream()
                      .filter(each -> finding.name().equals(each.backend() + "/" + each.variant()))
                      .findFirst()
                      .orElse(null);
              return proof(finding, before, Optional.ofNullable(live.get(finding.name())), now);
            })
        .toList();
  }

  private static BackendProof proof(
      Finding finding, @Nullable BackendProof before, Optional<LiveOverhead> live, String now) {
    @Nullable String changed =
        before != null && before.works() == finding.works() ? before.lastChangeTime() : null;
    return new BackendProof(
        finding.backend(),
        finding.variant(),
        finding.works(),
        reason(finding),
        cut(finding.message()),
        Steady.of(
            before == null ? null : before.probeMillis(),
            finding.tookMillis(),
            SHARE_OF_TIMES,
            LEAST_MILLIS),
        changed == null ? now : changed,
        finding.version().isEmpty() ? null : finding.version(),
        overhead(finding, before == null ? null : before.overhead(), live),
        Steady.of(
            before == null ? null : before.coldStartMillis(),
            finding.coldStartMillis().orElse(null),
            SHARE_OF_TIMES,
            LEAST_MILLIS),
        null);
  }

  static ProbeReason reason(Finding finding) {
    if (finding.works()) {
      return ProbeReason.PROVED;
    }
    String message = finding.message();
    if (finding.timedOut()) {
      return ProbeReason.TIMED_OUT;
    }
    if (message.contains("there is no /dev/kvm")) {
      return ProbeReason.NOT_SUPPORTED;
    }
    return MISSING.stream().anyMatch(message::contains)
        ? ProbeReason.NOT_INSTALLED
        : ProbeReason.FAILED;
  }

  /** Canaries miss what live pods do, and live pods may all be idle: the larger one counts. */
  private static @Nullable SandboxOverhead overhead(
      Finding finding, @Nullable SandboxOverhead before, Optional<LiveOverhead> live) {
    if (finding.overhead().isEmpty() && live.isEmpty()) {
      return before;
    }
    long memory =
        Math.max(
            finding.overhead().map(each -> each.memoryBytes()).orElse(0L),
            live.map(LiveOverhead::meanBytes).orElse(0L));
    @Nullable Long cpu = finding.overhead().map(each -> each.cpuMillis()).orElse(null);
    return new SandboxOverhead(
        Steady.of(
            before == null ? null : before.memoryBytes(),
            Math.min(SandboxOverhead.MOST_MEMORY_BYTES, memory),
            SHARE_OF_COSTS,
            LEAST_MEMORY_BYTES),
        Steady.of(
            before == null ? null : before.cpuMillis(),
            cpu == null ? null : Math.min(SandboxOverhead.MOST_CPU_MILLIS, cpu),
            SHARE_OF_COSTS,
            LEAST_CPU_MILLIS),
        live.map(LiveOverhead::pods).orElse(null));
  }

  private static String cut(String message) {
    return message.length() <= LONGEST_MESSAGE ? message : message.substring(0, LONGEST_MESSAGE);
  }
}
