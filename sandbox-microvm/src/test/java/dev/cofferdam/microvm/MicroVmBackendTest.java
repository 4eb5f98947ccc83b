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
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.ServiceLoader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MicroVmBackendTest {
  @TempDir Path folder;

  private Backend backend(Map<String, String> settings) {
    Map<String, String> all = new HashMap<>(settings);
    all.put("cache", folder.resolve("cache").toString());
    BackendProvider provider = ServiceLoader.load(BackendProvider.class).findFirst().orElseThrow();
    return provider.open(folder, all);
  }

  private static SandboxException refused(org.junit.jupiter.api.function.Executable call) {
    return assertThrows(SandboxException.class, call);
  }

  @Test
  void probe_programMissing_saysWhichSettingNamesIt() {
    Backend backend =
        backend(
            Map.of("qemu", "/no/qemu", "firecracker", "/no/firecracker", "jailer", "/no/jailer"));
    for (String variant : backend.variants()) {
      ProbeResult result = backend.probe(variant, Duration.ofSeconds(30));
      assertFalse(result.works());
      assertTrue(result.detail().contains("backend.microvm."), result.detail());
    }
  }

  @Test
  void create_nodesOwnNetwork_isUnsupported() {
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
    Deadline deadline = Deadline.after(Duration.ofSeconds(30));
    SandboxException e = refused(() -> backend(Map.of()).create(spec, deadline));
    assertEquals(ErrorCode.UNSUPPORTED, e.code());
    assertEquals(Optional.empty(), backend(Map.of()).find(spec, deadline));
  }

  @Test
  void open_wrongSetting_isRefusedByName() {
    for (Map<String, String> wrong :
        java.util.List.of(
            Map.of("monitor", "qemu"),
            Map.of("cpus", "-1"),
            Map.of("images", "guest"),
            Map.of("qemu", ""))) {
      SandboxException e = refused(() -> backend(wrong));
      assertEquals(ErrorCode.INVALID_ARGUMENT, e.code());
      String key = wrong.keySet().iterator().next();
      assertTrue(String.valueOf(e.getMessage()).contains(key), e::getMessage);
    }
  }

  @Test
  void variants_preferHardware() {
    assertEquals(
        java.util.List.of("firecracker", "qemu", "qemu-emulated"), backend(Map.of()).variants());
    SandboxException e = refused(() -> backend(Map.of()).capabilities("xen"));
    assertEquals(ErrorCode.INVALID_ARGUMENT, e.code());
  }
}
