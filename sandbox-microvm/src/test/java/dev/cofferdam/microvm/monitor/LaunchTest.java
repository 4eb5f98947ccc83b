package dev.cofferdam.microvm.monitor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.SandboxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LaunchTest {
  private static final String SCOPE =
      "/kubepods.slice/kubepods-pod1.slice/cofferdam-0123456789abcdef.scope";

  @TempDir Path cgroups;

  @Test
  void prefix_withoutCgroup_isASessionOnly() {
    assertEquals(List.of("setsid"), prefix(Optional.empty()));
  }

  @Test
  void prefix_ofCgroupThatTheShimMade_joinsItInEachHierarchy() throws Exception {
    Files.createDirectories(cgroups.resolve("memory/pods/1"));
    Files.createFile(cgroups.resolve("memory/pods/1/cgroup.procs"));
    Files.createDirectories(cgroups.resolve("pids/pods/1"));
    Files.createFile(cgroups.resolve("pids/pods/1/cgroup.procs"));
    List<String> prefix = prefix(Optional.of("/pods/1"));
    assertTrue(prefix.contains(cgroups.resolve("memory/pods/1/cgroup.procs").toString()));
    assertTrue(prefix.contains(cgroups.resolve("pids/pods/1/cgroup.procs").toString()));
  }

  @Test
  void prefix_ofScopeThatIsNotThereYet_asksSystemdForIt() {
    assertEquals(
        List.of(
            "systemd-run",
            "--scope",
            "--quiet",
            "--collect",
            "--slice=kubepods-pod1.slice",
            "--unit=cofferdam-0123456789abcdef.scope",
            "--property=Delegate=yes",
            "--property=DefaultDependencies=no",
            "--",
            "setsid"),
        prefix(Optional.of(SCOPE)));
  }

  @Test
  void prefix_ofScopeThatIsThere_joinsIt() throws Exception {
    Path scope = Files.createDirectories(cgroups.resolve(SCOPE.substring(1)));
    Files.createFile(scope.resolve("cgroup.procs"));
    List<String> prefix = prefix(Optional.of(SCOPE));
    assertEquals("/bin/sh", prefix.getFirst());
    assertTrue(prefix.contains(scope.resolve("cgroup.procs").toString()));
  }

  @Test
  void prefix_ofCgroupThatNobodyMade_isRefused() {
    SandboxException refused =
        assertThrows(SandboxException.class, () -> prefix(Optional.of("/pods/2")));
    assertEquals(ErrorCode.UNSUPPORTED, refused.code());
  }

  private List<String> prefix(Optional<String> cgroup) {
    return new Launch(cgroups, cgroup, Optional.empty(), cgroups.resolve("log")).prefix();
  }
}
