package dev.cofferdam.shim.check;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class CheckScheduleTest {
  private static final Optional<Overhead> COSTS =
      Optional.of(new Overhead(List.of(new Overhead.Shape(1, false, 7, 7, 7, 7))));

  private static Finding finding(String variant, boolean works, Optional<Overhead> overhead) {
    return new Finding(
        "gvisor", variant, works, "", false, "", 1, Optional.empty(), List.of(), overhead);
  }

  private static NodeReport report(String programs, Finding... findings) {
    return new NodeReport(
        "boot", "6", "c", programs, "", new Ground(false, "", true, "", ""), List.of(findings));
  }

  @Test
  void merge_takesTheNewerFinding_andKeepsWhatWasNotLookedAt() {
    NodeReport merged =
        CheckSchedule.merge(
            report("p", finding("systrap", false, Optional.empty())),
            report("p", finding("systrap", true, COSTS), finding("ptrace", true, COSTS)));
    assertEquals(List.of("gvisor/systrap", "gvisor/ptrace"), names(merged));
    assertEquals(false, merged.findings().getFirst().works());
    assertEquals(COSTS, merged.findings().getFirst().overhead());
    assertEquals(true, merged.findings().getLast().works());
  }

  @Test
  void merge_afterAProgramHasChanged_forgetsWhatTheOldOneCost() {
    NodeReport merged =
        CheckSchedule.merge(
            report("new", finding("systrap", true, Optional.empty())),
            report("old", finding("systrap", true, COSTS)));
    assertEquals(Optional.empty(), merged.findings().getFirst().overhead());
  }

  @Test
  void merge_addsWhatIsNew() {
    NodeReport merged =
        CheckSchedule.merge(
            report("p", finding("kvm", true, Optional.empty())),
            report("p", finding("systrap", true, COSTS)));
    assertEquals(List.of("gvisor/systrap", "gvisor/kvm"), names(merged));
  }

  private static List<String> names(NodeReport report) {
    return report.findings().stream().map(Finding::name).toList();
  }
}
