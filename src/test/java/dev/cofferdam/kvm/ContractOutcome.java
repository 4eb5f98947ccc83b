package dev.cofferdam.kvm;

import static org.junit.jupiter.api.Assertions.fail;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.DynamicTest;

/**
 * How a test went in the machine.
 *
 * @param outcome {@code passed}, {@code failed} or {@code skipped}
 * @param millis that it took
 * @param name of its method
 * @param why it did not pass
 */
record ContractOutcome(String outcome, long millis, String name, String why) {

  /**
   * Reads what {@code ContractRun} printed.
   *
   * @throws IllegalStateException it broke off
   */
  static List<ContractOutcome> read(String printed) {
    List<ContractOutcome> outcomes = new ArrayList<>();
    for (String line : printed.lines().toList()) {
      String[] words = line.split("\t", -1);
      if (words[0].equals("done") && words.length == 2) {
        if (!words[1].equals(Integer.toString(outcomes.size()))) {
          throw new IllegalStateException(
              words[1] + " tests ended, of which " + outcomes.size() + " are known");
        }
        return outcomes;
      }
      if (words.length != 4) {
        throw new IllegalStateException("no outcome of a test: " + line);
      }
      outcomes.add(new ContractOutcome(words[0], Long.parseLong(words[1]), words[2], words[3]));
    }
    throw new IllegalStateException(
        "the tests broke off after "
            + outcomes.size()
            + ", the last being "
            + (outcomes.isEmpty() ? "none" : outcomes.getLast().name()));
  }

  /** The test as one of here. */
  DynamicTest told() {
    return DynamicTest.dynamicTest(
        name,
        () -> {
          Assumptions.assumeFalse(outcome.equals("skipped"), why);
          if (!outcome.equals("passed")) {
            fail("in the machine, after " + millis + " ms: " + why);
          }
        });
  }

  @Override
  public String toString() {
    return String.format(Locale.ROOT, "%-7s %6.1f s  %s %s", outcome, millis / 1e3, name, why)
        .strip();
  }
}
