package dev.cofferdam.gvisor;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cofferdam.sandbox.Deadline;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProbeFoldersTest {
  @TempDir Path runtime;

  @Test
  void sweep_ofAProbeWhoseShimWasKilled_endsItsProcessesAndFiles() throws Exception {
    Path directory = Files.createDirectories(new ProbeFolders(runtime).begin());
    Path root = Layout.of(runtime, ProbeFolders.spec(directory, "")).root();
    Files.createDirectories(root);
    // Known by its command line, as a sentry is; it lives until its input ends.
    Process left = new ProcessBuilder("sh", "-c", "read line", "sh", "--root=" + root).start();
    try {
      new ProbeFolders(runtime).sweep(soon());

      assertTrue(left.waitFor(30, TimeUnit.SECONDS));
      assertFalse(Files.exists(directory));
      assertFalse(Files.exists(root));
    } finally {
      left.destroyForcibly();
    }
  }

  @Test
  void sweep_whileAProbeIsAtWork_leavesItAlone() throws Exception {
    ProbeFolders folders = new ProbeFolders(runtime);
    Path directory = Files.createDirectories(folders.begin());

    folders.sweep(soon());

    assertTrue(Files.exists(directory));
  }

  @Test
  void sweep_whereNothingWasEverProbed_doesNothing() {
    new ProbeFolders(runtime).sweep(soon());
  }

  private static Deadline soon() {
    return Deadline.after(Duration.ofSeconds(30));
  }
}
