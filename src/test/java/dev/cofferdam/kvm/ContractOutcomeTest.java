package dev.cofferdam.kvm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

class ContractOutcomeTest {

  @Test
  void read_wholeRun_givesEachTest() {
    assertEquals(
        List.of(
            new ContractOutcome("passed", 12, "a_b_c", ""),
            new ContractOutcome("failed", 3400, "d_e_f", "not within PT30S")),
        ContractOutcome.read(
            "passed\t12\ta_b_c\t\nfailed\t3400\td_e_f\tnot within PT30S\ndone\t2\n"));
  }

  @Test
  void read_runThatBrokeOff_saysWhereAfter() {
    String message =
        String.valueOf(
            assertThrows(
                    IllegalStateException.class,
                    () -> ContractOutcome.read("passed\t12\ta_b_c\t\n"))
                .getMessage());
    assertTrue(message.contains("a_b_c"), message);
  }

  @Test
  void read_somethingElse_isRefused() {
    assertThrows(IllegalStateException.class, () -> ContractOutcome.read("Killed\n"));
    assertThrows(IllegalStateException.class, () -> ContractOutcome.read("done\t1\n"));
  }
}
