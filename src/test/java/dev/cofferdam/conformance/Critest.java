package dev.cofferdam.conformance;

import dev.cofferdam.lab.Lab;
import dev.cofferdam.lab.LabOptions;
import dev.cofferdam.lab.LabOptions.NodeRuntime;
import dev.cofferdam.lab.Progress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** Runs of critest in one lab: containerd and the shim, without a cluster. */
final class Critest implements AutoCloseable {
  static final Path REPOSITORY = Path.of("../..").toAbsolutePath().normalize();
  static final String CONTAINERD = "$CONTAINERD_ENDPOINT";
  static final String SHIM = "$CONTAINER_RUNTIME_ENDPOINT";

  private static final Duration TIMEOUT = Duration.ofMinutes(9);

  /** A guest takes 3 to 20 seconds to boot under emulation. */
  private static final Duration EMULATED_TIMEOUT = Duration.ofMinutes(55);

  /**
   * Some specs race with what they start, on containerd too (the image's own command may have ended
   * before it is looked at): so few that are lost are tried again, and count if lost every time.
   */
  private static final int MOST_REPEATED = 3;

  private static final int REPEATS = 2;

  private static final LabOptions OPTIONS =
      new LabOptions(
          System.getenv().getOrDefault("COFFERDAM_LAB", "test"),
          REPOSITORY,
          NodeRuntime.SHIM,
          false);

  private final Lab lab;
  private final Duration timeout;

  private Critest(Lab lab, Duration timeout) {
    this.lab = lab;
    this.timeout = timeout;
  }

  /** Starts the lab; closing it ends the lab. */
  static Critest inNewLab() {
    return in(OPTIONS, TIMEOUT);
  }

  /** The same with microVMs, under emulation. */
  static Critest inNewLabWithMicroVm() {
    return in(OPTIONS.withMicroVm(), EMULATED_TIMEOUT);
  }

  private static Critest in(LabOptions options, Duration timeout) {
    Lab lab = new Lab(options, new Progress(System.err));
    lab.down();
    try {
      lab.up();
    } catch (RuntimeException | Error e) {
      lab.down();
      throw e;
    }
    return new Critest(lab, timeout);
  }

  /**
   * One run. Failing specs are no error.
   *
   * @param run names the report
   * @param focus a regular expression; empty: all specs
   * @param flags of critest's
   */
  CritestReport run(String run, String endpoint, String focus, List<String> flags)
      throws Exception {
    Path report = Path.of("target", "critest-" + run + ".xml").toAbsolutePath();
    Files.deleteIfExists(report);
    // No image may be there already: this run's must come in through the endpoint under test.
    String script =
        """
        crictl --runtime-endpoint %1$s --image-endpoint %1$s rmi --all >&2
        exec critest --runtime-endpoint %1$s --image-endpoint %1$s --ginkgo.junit-report %2$s --ginkgo.no-color %4$s --ginkgo.focus '%3$s'
        """
            .formatted(endpoint, report, focus, String.join(" ", flags));
    // Exits with 1 when a spec fails.
    var _ = lab.shell().run(timeout, "", List.of("sh", "-c", script));
    return CritestReport.read(report);
  }

  /** The report with the specs of {@code wanted} that it lacks tried again, if they are few. */
  static CritestReport retried(CritestReport report, List<String> wanted, FocusedRun again)
      throws Exception {
    CritestReport result = report;
    for (int i = 0; i < REPEATS; i++) {
      List<String> lost = result.notPassed(wanted);
      if (lost.isEmpty() || lost.size() > MOST_REPEATED) {
        return result;
      }
      result = result.updatedBy(again.run(i, CritestReport.focus(lost)));
    }
    return result;
  }

  /** A run of some specs. */
  @FunctionalInterface
  interface FocusedRun {
    CritestReport run(int number, String focus) throws Exception;
  }

  @Override
  public void close() {
    lab.down();
  }
}
