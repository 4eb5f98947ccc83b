package dev.cofferdam.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CritestReportTest {
  /** As Ginkgo 2 writes it. */
  private static final String REPORT =
      """
      <testsuites><testsuite>
        <testcase name="[BeforeSuite]" status="passed"/>
        <testcase name="[It] good" status="passed"/>
        <testcase name="[It] not asked for" status="skipped"><skipped/></testcase>
        <testcase name="[It] wrong" status="failed"><failure type="failed">two is not three</failure></testcase>
        <testcase name="[It] slow" status="timedout"><failure type="timedout">too long</failure></testcase>
        <testcase name="[It] cut" status="interrupted"><error type="interrupted">by the user</error></testcase>
        <testcase name="[It] broken" status="panicked"><error type="panicked">nil</error></testcase>
      </testsuite></testsuites>
      """;

  @TempDir Path folder;

  private CritestReport report() throws Exception {
    return CritestReport.read(Files.writeString(folder.resolve("report.xml"), REPORT));
  }

  @Test
  void failed_everySpecThatRanAndDidNotPass() throws Exception {
    assertEquals(List.of("[It] broken", "[It] cut", "[It] slow", "[It] wrong"), report().failed());
    assertEquals(List.of("[It] good"), report().passed());
  }

  @Test
  void outcome_failed_saysWhy() throws Exception {
    CritestReport report = report();
    assertEquals("failed: two is not three", report.outcome("[It] wrong"));
    assertEquals("interrupted: by the user", report.outcome("[It] cut"));
  }

  @Test
  void updatedBy_specsOutOfFocus_keepWhatTheyHad() throws Exception {
    Path file = folder.resolve("second.xml");
    Files.writeString(file, REPORT.replace("passed", "skipped").replace("timedout", "passed"));
    CritestReport both = report().updatedBy(CritestReport.read(file));
    assertEquals("passed", both.outcome("[It] good"));
    assertTrue(both.outcome("[It] slow").startsWith("passed"), both.outcome("[It] slow"));
  }
}
