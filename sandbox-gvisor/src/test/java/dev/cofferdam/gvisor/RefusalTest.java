package dev.cofferdam.gvisor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cofferdam.sandbox.Backend;
import dev.cofferdam.sandbox.Deadline;
import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.Resources;
import dev.cofferdam.sandbox.SandboxException;
import dev.cofferdam.sandbox.SandboxSpec;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What gVisor does not have is refused before anything is run. */
class RefusalTest {

  @Test
  void create_withAKernelParameterThatRunscIgnores_isRefused() {
    Backend backend = new GvisorProvider().open(Path.of("/run/none"), Map.of("runsc", "/none"));
    SandboxSpec spec =
        new SandboxSpec(
            "a".repeat(64),
            "systrap",
            Path.of("/run/none/a"),
            "host",
            Optional.empty(),
            Optional.empty(),
            Resources.UNLIMITED,
            Map.of("kernel.shm_rmid_forced", "1"),
            false,
            false);
    SandboxException e =
        assertThrows(
            SandboxException.class,
            () -> backend.create(spec, Deadline.after(Duration.ofSeconds(5))));
    assertEquals(ErrorCode.UNSUPPORTED, e.code());
    assertTrue(e.toString().contains("kernel.shm_rmid_forced"), e.toString());
  }
}
