package dev.cofferdam.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cofferdam.lab.Lab;
import dev.cofferdam.lab.LabOptions;
import dev.cofferdam.lab.LabOptions.NodeRuntime;
import dev.cofferdam.lab.Progress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;

/**
 * critest on the node's default handler, once on containerd itself and once through the shim, in
 * one lab: what passes there passes here, spec by spec, with images pulled through us.
 */
@Tag("conformance")
class PassThroughConformanceTest {
  /**
   * Fewer means that critest did not run as it should: containerd passes 100 of its 122 specs with
   * runc.
   */
  private static final int FEWEST_PASSING = 95;

  private static final Duration TIMEOUT = Duration.ofMinutes(6);

  /**
   * Some specs race with what they start, on containerd too (the image's own command may have ended
   * before it is looked at): so few that are lost are tried once more, and count if lost again.
   */
  private static final int MOST_REPEATED = 3;

  private static final Path REPOSITORY = Path.of("../..").toAbsolutePath().normalize();

  @TestFactory
  Stream<DynamicTest> defaultHandler_throughTheShim_passesWhatItPassesOnContainerd()
      throws Exception {
    LabOptions options =
        new LabOptions(
            System.getenv().getOrDefault("COFFERDAM_LAB", "test"),
            REPOSITORY,
            NodeRuntime.SHIM,
            false);
    Lab lab = new Lab(options, new Progress(System.err));
    CritestReport direct;
    CritestReport throughShim;
    lab.down();
    try {
      lab.up();
      direct = critest(lab, "direct", "$CONTAINERD_ENDPOINT", "");
      throughShim = critest(lab, "shim", "$CONTAINER_RUNTIME_ENDPOINT", "");
      List<String> lost = throughShim.notPassed(direct.passed());
      if (!lost.isEmpty() && lost.size() <= MOST_REPEATED) {
        CritestReport again =
            critest(lab, "again", "$CONTAINER_RUNTIME_ENDPOINT", CritestReport.focus(lost));
        throughShim = throughShim.updatedBy(again);
      }
    } finally {
      lab.down();
    }
    List<String> passing = direct.passed();
    CritestReport ours = throughShim;
    assertTrue(passing.size() >= FEWEST_PASSING, "containerd passes " + passing);
    return passing.stream()
        .map(
            spec ->
                DynamicTest.dynamicTest(
                    spec, () -> assertEquals("passed", ours.outcome(spec), spec)));
  }

  private static CritestReport critest(Lab lab, String run, String endpoint, String focus)
      throws Exception {
    Path report = Path.of("target", "critest-" + run + ".xml").toAbsolutePath();
    // No image may be there already: this run's must come in through the endpoint under test.
    String script =
        """
        crictl --runtime-endpoint %1$s --image-endpoint %1$s rmi --all >&2
        exec critest --runtime-endpoint %1$s --image-endpoint %1$s --ginkgo.junit-report %2$s --ginkgo.no-color --ginkgo.focus '%3$s'
        """
            .formatted(endpoint, report, focus);
    lab.shell()
        .run(TIMEOUT, "", List.of("sh", "-c", script)); // exits with 1 for the images' two failures
    return CritestReport.read(report);
  }
}
