package dev.cofferdam.gvisor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cofferdam.sandbox.Resources;
import dev.cofferdam.sandbox.SandboxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ContainerCgroupTest {
  private static Resources pids(long most) {
    return new Resources(0, 0, 0, 0, 0, most, "", "");
  }

  @Test
  void command_ofLimits_namesEachFileAndItsValue() {
    Resources limits = new Resources(1024, 50_000, 100_000, 1 << 20, 0, 0, "", "");
    assertEquals(
        List.of(
            "/write",
            "/cgroup/c",
            "/cgroup/c/pids.max",
            "7",
            "/cgroup/c/memory.max",
            "1048576",
            "/cgroup/c/cpu.max",
            "50000 100000",
            "/cgroup/c/cpu.weight",
            "39"),
        ContainerCgroup.command("c", limits, 7));
  }

  @Test
  void command_withoutLimits_takesThemBack() {
    List<String> command = ContainerCgroup.command("c", Resources.UNLIMITED, 7);
    assertEquals(List.of("max", "/cgroup/c/cpu.max", "max 100000"), command.subList(5, 8));
  }

  @Test
  void pids_withoutAnyLimit_areTheNodes() {
    assertEquals(4096, ContainerCgroup.pids(pids(0), PodCgroup.UNLIMITED, 4096));
    assertEquals(9000, ContainerCgroup.pids(pids(9000), PodCgroup.UNLIMITED, 4096));
  }

  @Test
  void pids_underALimitOfThePod_leaveRoomForTheSentry() {
    long allowed = ContainerCgroup.pids(pids(0), 1024, 4096);
    assertTrue(allowed > 100 && allowed * 2 < 1024, () -> allowed + " of 1024");
    assertEquals(1, ContainerCgroup.pids(pids(0), 10, 4096));
  }

  @Test
  void settings_pids_isANumber() {
    assertEquals(4096, GvisorSettings.of(Map.of()).pids());
    assertEquals(100, GvisorSettings.of(Map.of("pids", "100")).pids());
    assertThrows(SandboxException.class, () -> GvisorSettings.of(Map.of("pids", "0")));
    assertThrows(SandboxException.class, () -> GvisorSettings.of(Map.of("pids", "many")));
  }

  @Test
  void write_onHost_writesEachFileAndStopsAtTheFirstThatFails(@TempDir Path folder)
      throws Exception {
    TinyProgram.write().install(folder.resolve("root"));
    Path one = Files.createFile(folder.resolve("one"));
    Path two = Files.createFile(folder.resolve("two"));
    String made = folder.resolve("made").toString();
    String program = folder.resolve("root/write").toString();
    assertEquals(0, run(program, made, one.toString(), "12", two.toString(), "a b"));
    assertTrue(Files.isDirectory(Path.of(made)));
    assertEquals("12", Files.readString(one));
    assertEquals("a b", Files.readString(two));
    assertEquals(2 /* ENOENT */, run(program, made, made + "/none", "1", one.toString(), "3"));
    assertEquals("12", Files.readString(one));
  }

  private static int run(String... command) throws Exception {
    return new ProcessBuilder(command).start().waitFor();
  }
}
