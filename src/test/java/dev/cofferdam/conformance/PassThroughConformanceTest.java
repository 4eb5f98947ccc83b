package dev.cofferdam.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

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
   * Fewer means that critest did not run as it should: containerd passes 101 of its 122 specs with
   * runc.
   */
  private static final int FEWEST_PASSING = 95;

  @TestFactory
  Stream<DynamicTest> defaultHandler_throughTheShim_passesWhatItPassesOnContainerd()
      throws Exception {
    List<String> passing;
    CritestReport ours;
    try (Critest critest = Critest.inNewLab()) {
      passing = critest.run("direct", Critest.CONTAINERD, "", List.of()).passed();
      ours =
          Critest.retried(
              critest.run("shim", Critest.SHIM, "", List.of()),
              passing,
              (number, focus) -> critest.run("again-" + number, Critest.SHIM, focus, List.of()));
    }
    assertTrue(passing.size() >= FEWEST_PASSING, "containerd passes " + passing);
    return passing.stream()
        .map(
            spec ->
                DynamicTest.dynamicTest(
                    spec, () -> assertEquals("passed", ours.outcome(spec), spec)));
  }
}
