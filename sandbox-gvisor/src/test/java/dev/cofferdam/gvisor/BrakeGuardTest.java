package dev.cofferdam.gvisor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BrakeGuardTest {
  @TempDir private Path folder;

  private Path braked(String sandbox) throws Exception {
    Path cgroup = Files.createDirectories(folder.resolve("cgroup of " + sandbox));
    Files.writeString(cgroup.resolve("memory.limit_in_bytes"), "100000000");
    Files.writeString(cgroup.resolve("memory.oom_control"), "1");
    Path record = Files.createDirectories(folder.resolve("run/" + sandbox));
    Files.writeString(record.resolve(BrakeGuard.RECORD), cgroup + "\n");
    return cgroup;
  }

  private static String read(Path cgroup, String file) throws Exception {
    return Files.readString(cgroup.resolve(file)).strip();
  }

  @Test
  void shimEnds_allBrakesAreLetGo_andTheGuardEnds() throws Exception {
    Path one = braked("a");
    Files.createDirectories(folder.resolve("run/without"));
    Path other = braked("b");
    Process guard = new BrakeGuard(folder.resolve("run")).start();
    assertFalse(guard.waitFor(200, TimeUnit.MILLISECONDS), "it did not wait");
    assertEquals("1", read(one, "memory.oom_control"));
    guard.getOutputStream().close(); // what the kernel does for a process that was killed
    assertTrue(guard.waitFor(10, TimeUnit.SECONDS), "it did not end");
    for (Path cgroup : new Path[] {one, other}) {
      assertEquals("-1", read(cgroup, "memory.limit_in_bytes"));
      assertEquals("0", read(cgroup, "memory.oom_control"));
    }
  }

  @Test
  void lastBrakeLeaves_theGuardEndsAndLetsGoOfNothing() throws Exception {
    Path cgroup = braked("a");
    Path root = folder.resolve("run");
    BrakeGuard guard = new BrakeGuard(root);
    MemoryBrake one = brake(root, guard);
    MemoryBrake other = brake(root, guard);
    guard.watch(one);
    guard.watch(other);
    ProcessHandle shell = shells(root).toList().getFirst();
    guard.leave(one);
    assertTrue(shell.isAlive(), "it ended too early");
    guard.leave(other);
    shell.onExit().get(10, TimeUnit.SECONDS);
    assertEquals("1", read(cgroup, "memory.oom_control"));
    guard.watch(one);
    assertEquals(1, shells(root).count());
    guard.leave(one);
  }

  private MemoryBrake brake(Path root, BrakeGuard guard) {
    Layout layout = new Layout(root.resolve("a"), root, root);
    return new MemoryBrake(new WorkloadCgroup(folder), layout, guard, _ -> {});
  }

  private static Stream<ProcessHandle> shells(Path root) {
    return ProcessHandle.current()
        .children()
        .filter(child -> HostProcesses.arguments(child.pid()).contains(root.toString()));
  }
}
