package dev.cofferdam.conformance;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/**
 * critest on handler {@code microvm}, on QEMU under emulation: every spec of the kept list passes,
 * and each that fails is in the document with its reason. A hundred kernels are booted, one after
 * the other: {@code dev/test --long conformance}.
 */
@Tag("conformance")
@EnabledIfSystemProperty(named = "cofferdam.long", matches = "true")
class MicroVmConformanceTest {
  private static final List<String> FLAGS = List.of("--runtime-handler", "microvm");

  @TestFactory
  Stream<DynamicTest> microVm_passesEverySpecThatIsKept_andTheRestIsExplained() throws Exception {
    KeptSpecs kept = KeptSpecs.of("microvm");
    try (Critest critest = Critest.inNewLabWithMicroVm()) {
      CritestReport report =
          Critest.retried(
              critest.run("microvm", Critest.SHIM, "", FLAGS),
              kept.specs(),
              (number, focus) ->
                  critest.run("microvm-again-" + number, Critest.SHIM, focus, FLAGS));
      return kept.heldAgainst(report);
    }
  }
}
