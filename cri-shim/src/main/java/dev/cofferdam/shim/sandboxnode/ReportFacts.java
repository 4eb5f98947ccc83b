package dev.cofferdam.shim.sandboxnode;

import dev.cofferdam.policy.Ground;
import dev.cofferdam.policy.NodeFacts;
import dev.cofferdam.policy.NodeProof;
import dev.cofferdam.policy.Variant;
import dev.cofferdam.shim.check.NodeReport;
import java.util.Optional;
import java.util.stream.Collectors;

/** A check's report as placement reads it. */
public final class ReportFacts {
  private ReportFacts() {}

  /** Everything in it that placement can ask for. */
  public static NodeFacts of(NodeReport report) {
    return new NodeFacts(
        Optional.of(report.ground().virtualMachine() ? Ground.VIRTUAL_MACHINE : Ground.BARE_METAL),
        report.findings().stream()
            .collect(
                Collectors.toMap(
                    finding -> new Variant(finding.backend(), finding.variant()),
                    finding ->
                        new NodeProof.Finding(
                            finding.works(), NodeFindings.reason(finding), finding.message()))));
  }
}
