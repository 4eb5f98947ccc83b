package dev.cofferdam.shim.check;

import java.util.List;
import java.util.Optional;

/**
 * What a check of this node found. Immutable; as JSON it is kept on disk.
 *
 * @param bootId of the node's kernel then: what was found does not hold after a reboot
 * @param programs what the backends ran, see {@link ProgramIdentity}
 * @param checkedAt ISO 8601
 */
public record NodeReport(
    String bootId,
    String kernelVersion,
    String containerd,
    String programs,
    String checkedAt,
    Ground ground,
    List<Finding> findings) {

  public NodeReport {
    findings = List.copyOf(findings);
  }

  /** Of a variant, as {@code gvisor/systrap}. */
  public Optional<Finding> finding(String name) {
    return findings.stream().filter(finding -> finding.name().equals(name)).findFirst();
  }

  NodeReport with(List<Finding> others) {
    return new NodeReport(bootId, kernelVersion, containerd, programs, checkedAt, ground, others);
  }

  /** Whether there is any wall at all. */
  public boolean anyWall() {
    return findings.stream().anyMatch(Finding::works);
  }
}
