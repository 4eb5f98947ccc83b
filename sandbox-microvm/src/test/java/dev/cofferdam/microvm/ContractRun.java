package dev.cofferdam.microvm;

import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import java.io.PrintStream;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.launcher.EngineFilter;
import org.junit.platform.launcher.LauncherDiscoveryRequest;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;

/**
 * Runs test classes where there is no Maven: in the lab's virtual machine. Prints a line for each
 * test as it ends: {@code OUTCOME}, milliseconds, name and why, with tabs between them; at the end
 * {@code done} and their number. All else goes to the standard error.
 */
final class ContractRun implements TestExecutionListener {
  private final PrintStream out;
  private final Map<String, Long> begun = new ConcurrentHashMap<>();
  private int tests;

  private ContractRun(PrintStream out) {
    this.out = out;
  }

  /** The arguments are names of classes. */
  public static void main(String[] classes) {
    ContractRun run = new ContractRun(System.out);
    System.setOut(System.err);
    LauncherDiscoveryRequest request =
        LauncherDiscoveryRequestBuilder.request()
            .selectors(Arrays.stream(classes).map(name -> selectClass(name)).toList())
            .filters(EngineFilter.includeEngines("junit-jupiter"))
            .build();
    LauncherFactory.create().execute(request, run);
    run.out.println("done\t" + run.tests);
    run.out.flush();
    System.exit(0); // threads of a backend that failed hold up nobody
  }

  @Override
  public void executionStarted(TestIdentifier test) {
    begun.put(test.getUniqueId(), System.nanoTime());
    if (test.isTest()) {
      System.err.println("== " + test.getDisplayName());
    }
  }

  @Override
  public void executionSkipped(TestIdentifier test, String reason) {
    tell("skipped", test, reason);
  }

  @Override
  public void executionFinished(TestIdentifier test, TestExecutionResult result) {
    result.getThrowable().ifPresent(why -> why.printStackTrace(System.err));
    String outcome =
        switch (result.getStatus()) {
          case SUCCESSFUL -> "passed";
          case ABORTED -> "skipped";
          case FAILED -> "failed";
        };
    // A class that cannot be set up or taken down counts as a test that failed.
    if (test.isTest() || result.getStatus() == TestExecutionResult.Status.FAILED) {
      tell(outcome, test, result.getThrowable().map(Throwable::toString).orElse(""));
    }
  }

  private void tell(String outcome, TestIdentifier test, String why) {
    long since = begun.getOrDefault(test.getUniqueId(), System.nanoTime());
    long millis = (System.nanoTime() - since) / 1_000_000;
    String name = test.getDisplayName().replaceAll("\\(\\)$", "");
    tests++;
    out.println(
        String.join("\t", outcome, Long.toString(millis), name, why.replaceAll("\\s+", " ")));
    out.flush();
  }
}
