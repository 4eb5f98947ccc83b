package dev.cofferdam.microvm.monitor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cofferdam.sandbox.Deadline;
import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.SandboxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
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

  @Test
  void awaitScope_untilSystemdHasMadeIt_letsTheNextProgramJoin() throws Exception {
    Path scope = cgroups.resolve(SCOPE.substring(1));
    Process first =
        new ProcessBuilder(
                "sh", "-c", "mkdir -p \"$0\" && : > \"$0/cgroup.procs\" && read -r _", scope + "")
            .start();
    try {
      launch(Optional.of(SCOPE)).awaitScope(first, Deadline.after(Duration.ofSeconds(30)));
      assertEquals("/bin/sh", prefix(Optional.of(SCOPE)).getFirst());
    } finally {
      first.destroyForcibly();
    }
  }

  @Test
  void awaitScope_thatSystemdDoesNotMake_ends() throws Exception {
    Process first = new ProcessBuilder("sh", "-c", "read -r _").start();
    try {
      Deadline soon = Deadline.after(Duration.ofMillis(20));
      SandboxException late =
          assertThrows(
              SandboxException.class, () -> launch(Optional.of(SCOPE)).awaitScope(first, soon));
      assertEquals(ErrorCode.DEADLINE_EXCEEDED, late.code());
      // A cgroup that the shim made is there already.
      launch(Optional.of("/pods/1")).awaitScope(first, soon);
    } finally {
      first.destroyForcibly();
    }
    first.waitFor();
    launch(Optional.of(SCOPE)).awaitScope(first, Deadline.after(Duration.ofSeconds(30)));
  }

  private Launch launch(Optional<String> cgroup) {
    return new Launch(cgroups, cgroup, Optional.empty(), cgroups.resolve("log"));
  }

  private List<String> prefix(Optional<String> cgroup) {
    return launch(cgroup).prefix();
  }
}
