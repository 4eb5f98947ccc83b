package dev.cofferdam.microvm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cofferdam.sandbox.Backend;
import dev.cofferdam.sandbox.BackendProvider;
import dev.cofferdam.sandbox.Deadline;
import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.ProbeResult;
import dev.cofferdam.sandbox.Resources;
import dev.cofferdam.sandbox.SandboxException;
import dev.cofferdam.sandbox.SandboxSpec;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.ServiceLoader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MicroVmBackendTest {
  @TempDir Path folder;

  private Backend backend() {
    BackendProvider provider = ServiceLoader.load(BackendProvider.class).findFirst().orElseThrow();
    return provider.open(folder, Map.of());
  }

  @Test
  void probe_anyMonitor_saysNotAvailableInThisVersion() {
    for (String variant : backend().variants()) {
      ProbeResult result = backend().probe(variant, Duration.ofSeconds(1));
      assertFalse(result.works());
      assertTrue(result.detail().contains("not available in this version"), result.detail());
    }
  }

  @Test
  void create_anySandbox_isUnsupported() {
    SandboxSpec spec =
        new SandboxSpec(
            "id",
            "qemu",
            folder,
            "pod",
            Optional.empty(),
            Optional.empty(),
            Resources.UNLIMITED,
            Map.of(),
            false,
            false);
    Deadline deadline = Deadline.after(Duration.ofSeconds(1));
    SandboxException e =
        assertThrows(SandboxException.class, () -> backend().create(spec, deadline));
    assertEquals(ErrorCode.UNSUPPORTED, e.code());
    assertEquals(Optional.empty(), backend().find(spec, deadline));
  }

  @Test
  void open_anySetting_isRefusedByName() {
    SandboxException e =
        assertThrows(
            SandboxException.class,
            () -> new MicroVmProvider().open(folder, Map.of("monitor", "qemu")));
    assertTrue(String.valueOf(e.getMessage()).contains("monitor"), e::getMessage);
  }
}
