package dev.cofferdam.gvisor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import com.fasterxml.jackson.databind.JsonNode;
import dev.cofferdam.sandbox.Resources;
import dev.cofferdam.sandbox.SandboxSpec;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class SystemdScopeTest {
  private static final String SCOPE = "/kubepods.slice/kubepods-pod1.slice/cofferdam-abc.scope";

  private static JsonNode linux(String cgroup) {
    SandboxSpec spec =
        new SandboxSpec(
            "abc",
            "systrap",
            Path.of("/s"),
            "pod",
            Optional.empty(),
            Optional.of(cgroup),
            new Resources(512, 50_000, 100_000, 1 << 20, 0, 0, "", ""),
            Map.of(),
            false,
            false);
    return OciSpec.sandbox(spec, Path.of("/pause"), Optional.empty(), "/pause").path("linux");
  }

  @Test
  void spec_inAScope_namesSliceAndScopeAndLeavesThePodsLimitsToTheSlice() {
    JsonNode linux = linux(SCOPE);
    assertEquals("kubepods-pod1.slice:cofferdam:abc", linux.path("cgroupsPath").textValue());
    assertEquals(512, linux.path("resources").path("cpu").path("shares").intValue());
    assertFalse(linux.path("resources").path("cpu").has("quota"));
    assertFalse(linux.path("resources").path("memory").has("limit"));
  }

  @Test
  void spec_inAFolder_namesItAsItIs() {
    JsonNode linux = linux("/kubepods/pod1/abc");
    assertEquals("/kubepods/pod1/abc", linux.path("cgroupsPath").textValue());
    assertEquals(1 << 20, linux.path("resources").path("memory").path("limit").intValue());
  }
}
