package dev.cofferdam.gvisor;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cofferdam.sandbox.Backend;
import dev.cofferdam.sandbox.ProbeResult;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What probes find on this machine, with the real runsc. */
@Tag("contract")
class ProbeTest {
  @TempDir Path runtime;

  private Backend backend() {
    return new GvisorProvider().open(runtime, RunscProgram.settings());
  }

  @ParameterizedTest
  @ValueSource(strings = {"systrap", "ptrace"})
  void probe_platformThatWorks_showsGvisorsKernel(String variant) {
    ProbeResult result = backend().probe(variant, Duration.ofSeconds(30));
    System.out.println(variant + ": " + result);
    assertTrue(result.works(), result.detail());
    assertTrue(result.detail().contains("gvisor"), result.detail());
    assertFalse(result.version().isBlank());
  }
}
