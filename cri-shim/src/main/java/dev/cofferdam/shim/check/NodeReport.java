package dev.cofferdam.shim.check;

import java.util.List;

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

  /** Whether there is any wall at all. */
  public boolean anyWall() {
    return findings.stream().anyMatch(Finding::works);
  }
}
