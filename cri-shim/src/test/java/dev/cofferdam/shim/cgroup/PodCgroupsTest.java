package dev.cofferdam.shim.cgroup;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.Resources;
import dev.cofferdam.sandbox.SandboxException;
import dev.cofferdam.sandbox.Usage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** On folders of plain files in the place of the kernel's. */
final class PodCgroupsTest {
  private static final Resources LIMITS =
      new Resources(512, 50_000, 100_000, 64 << 20, 96 << 20, 100, "0-1", "0");

  @TempDir Path root;

  private void file(String name, String text) throws IOException {
    Path file = root.resolve(name);
    Files.createDirectories(file.getParent());
    Files.writeString(file, text);
  }

  private String read(String name) throws IOException {
    return Files.readString(root.resolve(name)).strip();
  }

  private void version1(String cgroup) throws IOException {
    for (String controller : new String[] {"cpu", "cpuacct", "cpuset", "memory", "pids"}) {
      file(controller + "/cgroup.procs", "");
    }
    file("cpuset/cpuset.cpus", "0-7\n");
    file("cpuset/cpuset.mems", "0\n");
    for (String name : new String[] {"cpu.shares", "cpu.cfs_period_us", "cpu.cfs_quota_us"}) {
      file("cpu" + cgroup + "/" + name, "0\n");
    }
    file("cpuset" + cgroup + "/cpuset.cpus", "");
    file("cpuset" + cgroup + "/cpuset.mems", "");
    file("memory" + cgroup + "/memory.limit_in_bytes", "9\n");
    file("memory" + cgroup + "/memory.memsw.limit_in_bytes", "9\n");
    file("pids" + cgroup + "/pids.max", "max\n");
    file("memory" + cgroup + "/memory.usage_in_bytes", "5000\n");
    file("memory" + cgroup + "/memory.stat", "inactive_file 1\ntotal_inactive_file 2000\n");
    file("memory" + cgroup + "/memory.oom_control", "oom_kill_disable 0\noom_kill 3\n");
    file("cpuacct" + cgroup + "/cpuacct.usage", "123456789\n");
    file("pids" + cgroup + "/pids.current", "7\n");
  }

  private void version2(String cgroup) throws IOException {
    file("cgroup.controllers", "cpu memory pids cpuset misc\n");
    file("cgroup.subtree_control", "memory\n");
    for (String name :
        new String[] {
          "cpu.weight",
          "cpu.max",
          "memory.max",
          "memory.swap.max",
          "pids.max",
          "cpuset.cpus",
          "cpuset.mems"
        }) {
      file(cgroup.substring(1) + "/" + name, "");
    }
    file(cgroup.substring(1) + "/memory.current", "5000\n");
    file(
        cgroup.substring(1) + "/memory.stat",
        "anon 9\ninactive_file 2000\nkernel 900\nslab_reclaimable 600\n");
    file(cgroup.substring(1) + "/memory.events", "oom 1\noom_kill 2\n");
    file(cgroup.substring(1) + "/cpu.stat", "usage_usec 123456\nuser_usec 1\n");
    file(cgroup.substring(1) + "/pids.current", "7\n");
  }

  @Test
  void kernelMemory_version1_isWhatIsAccounted_ifItIs() throws IOException {
    version1("/kubepods/pod1/s1");
    PodCgroups cgroups = new PodCgroups(root);
    assertEquals(0, cgroups.kernelMemoryBytes("/kubepods/pod1/s1"));
    file("memory/kubepods/pod1/s1/memory.kmem.usage_in_bytes", "700\n");
    assertEquals(700, cgroups.kernelMemoryBytes("/kubepods/pod1/s1"));
  }

  @Test
  void kernelMemory_version2_isWithoutWhatCouldGo() throws IOException {
    version2("/kubepods/pod1/s1");
    assertEquals(300, new PodCgroups(root).kernelMemoryBytes("/kubepods/pod1/s1"));
  }

  @Test
  void create_version1_everyHierarchyWithLimits() throws IOException {
    version1("/kubepods/pod1/s1");
    Files.delete(root.resolve("cpuset/kubepods/pod1/s1/cpuset.mems"));
    PodCgroups cgroups = new PodCgroups(root);
    SandboxException e =
        assertThrows(SandboxException.class, () -> cgroups.create("/kubepods/pod1", "s1", LIMITS));
    assertTrue(String.valueOf(e.getMessage()).contains("cpuset.mems"));
  }

  @Test
  void update_version1_writesEachControllersFile() throws IOException {
    version1("/kubepods/pod1/s1");
    new PodCgroups(root).update("/kubepods/pod1/s1", LIMITS);
    assertEquals("512", read("cpu/kubepods/pod1/s1/cpu.shares"));
    assertEquals("100000", read("cpu/kubepods/pod1/s1/cpu.cfs_period_us"));
    assertEquals("50000", read("cpu/kubepods/pod1/s1/cpu.cfs_quota_us"));
    assertEquals("67108864", read("memory/kubepods/pod1/s1/memory.limit_in_bytes"));
    assertEquals("100663296", read("memory/kubepods/pod1/s1/memory.memsw.limit_in_bytes"));
    assertTrue(read("pids/kubepods/pod1/s1/pids.max").startsWith("100"));
    assertEquals("0-1", read("cpuset/kubepods/pod1/s1/cpuset.cpus"));
  }

  @Test
  void usage_version1_workingSetIsWithoutInactiveFileCache() throws IOException {
    version1("/a/s1");
    PodCgroups cgroups = new PodCgroups(root);
    Usage usage = cgroups.usage("/a/s1");
    assertEquals(3000, usage.memoryBytes());
    assertEquals(123456789, usage.cpuNanos());
    assertEquals(7, usage.pids());
    assertEquals(3, cgroups.oomKills("/a/s1"));
    file("memory/a/s1/of-the-backend/memory.oom_control", "oom_kill 4\n");
    assertEquals(7, cgroups.oomKills("/a/s1"), "without what was killed in a cgroup of its own");
  }

  @Test
  void update_version2_writesItsOwnForms() throws IOException {
    version2("/a/s1");
    PodCgroups cgroups = new PodCgroups(root);
    cgroups.update("/a/s1", LIMITS);
    assertEquals("20", read("a/s1/cpu.weight"));
    assertEquals("50000 100000", read("a/s1/cpu.max"));
    assertEquals("67108864", read("a/s1/memory.max"));
    assertEquals("33554432", read("a/s1/memory.swap.max"));
    assertEquals("100", read("a/s1/pids.max"));
  }

  @Test
  void usage_version2_sameMeaning() throws IOException {
    version2("/a/s1");
    Usage usage = new PodCgroups(root).usage("/a/s1");
    assertEquals(3000, usage.memoryBytes());
    assertEquals(123_456_000, usage.cpuNanos());
    assertEquals(7, usage.pids());
  }

  @Test
  void usage_gone_isNotFound() throws IOException {
    version2("/a/s1");
    SandboxException e =
        assertThrows(SandboxException.class, () -> new PodCgroups(root).usage("/a/s2"));
    assertEquals(ErrorCode.NOT_FOUND, e.code());
  }

  @Test
  void new_nothingMounted_isUnsupported() {
    SandboxException e = assertThrows(SandboxException.class, () -> new PodCgroups(root));
    assertEquals(ErrorCode.UNSUPPORTED, e.code());
  }

  @ParameterizedTest
  @ValueSource(strings = {"/../etc", "/a/../../b", "relative", "/a/./b", "/a/\n/b"})
  void path_outsideOrOdd_isRefused(String parent) {
    SandboxException e = assertThrows(SandboxException.class, () -> CgroupPath.of(parent, "s1"));
    assertEquals(ErrorCode.INVALID_ARGUMENT, e.code());
  }

  @Test
  void create_systemdSlice_isLeftToSystemd() throws IOException {
    version2("/none");
    PodCgroups cgroups = new PodCgroups(root, root);
    String path = cgroups.create("kubepods-besteffort-pod1.slice", "s1", LIMITS);
    assertEquals(
        "/kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort-pod1.slice"
            + "/cofferdam-s1.scope",
        path);
    assertTrue(Files.notExists(root.resolve("kubepods.slice")), "systemd's own to make");
  }

  @Test
  void create_systemdSliceWithoutSystemd_isRefusedWithTheRemedy() throws IOException {
    version2("/none");
    PodCgroups cgroups = new PodCgroups(root, root.resolve("nothing"));
    SandboxException e =
        assertThrows(SandboxException.class, () -> cgroups.create("a.slice", "s1", LIMITS));
    assertEquals(ErrorCode.UNSUPPORTED, e.code());
    assertTrue(String.valueOf(e.getMessage()).contains("cgroupDriver"), e::toString);
  }

  @Test
  void create_systemdSliceOnVersion1_isRefusedWithTheRemedy() throws IOException {
    version1("/none");
    PodCgroups cgroups = new PodCgroups(root, root);
    SandboxException e =
        assertThrows(SandboxException.class, () -> cgroups.create("a.slice", "s1", LIMITS));
    assertEquals(ErrorCode.UNSUPPORTED, e.code());
    assertTrue(String.valueOf(e.getMessage()).contains("cgroupDriver"), e::toString);
  }

  @ParameterizedTest
  @CsvSource({
    "a.slice,/a.slice/cofferdam-s1.scope",
    "-.slice,/cofferdam-s1.scope",
    "a-b.slice:cri:x,/a.slice/a-b.slice/cofferdam-s1.scope",
    "/a.slice/a-b.slice,/a.slice/a-b.slice/cofferdam-s1.scope",
    "kubepods-pod0a_1b.slice,/kubepods.slice/kubepods-pod0a_1b.slice/cofferdam-s1.scope"
  })
  void path_systemdSlice_isUnfolded(String parent, String path) {
    assertEquals(path, CgroupPath.of(parent, "s1"));
  }

  @ParameterizedTest
  @ValueSource(strings = {".slice", "a--b.slice", "-a.slice", "a-.slice", "../a.slice/a b.slice"})
  void path_oddSlice_isRefused(String parent) {
    SandboxException e = assertThrows(SandboxException.class, () -> CgroupPath.of(parent, "s1"));
    assertEquals(ErrorCode.INVALID_ARGUMENT, e.code());
  }

  @ParameterizedTest
  @CsvSource({
    "'',/cofferdam/s1",
    "/,/s1",
    "/a//b/,/a/b/s1",
    "/kubepods/burstable/podx,/kubepods/burstable/podx/s1"
  })
  void path_parent_isJoined(String parent, String path) {
    assertEquals(path, CgroupPath.of(parent, "s1"));
  }

  @ParameterizedTest
  @CsvSource({"2,1", "1024,39", "262144,10000", "1,1", "999999,10000"})
  void weight_shares_convertedAsRuncDoes(long shares, long weight) {
    assertEquals(weight, CgroupV2.weight(shares));
  }
}
