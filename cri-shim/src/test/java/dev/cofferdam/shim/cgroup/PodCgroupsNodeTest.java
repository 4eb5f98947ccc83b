package dev.cofferdam.shim.cgroup;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.cofferdam.sandbox.Deadline;
import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.Resources;
import dev.cofferdam.sandbox.SandboxException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** On this machine's own cgroups. */
@Tag("node")
final class PodCgroupsNodeTest {
  private static final Path ROOT = Path.of("/sys/fs/cgroup");
  private static final Resources LIMITS =
      new Resources(512, 50_000, 100_000, 64 << 20, 0, 100, "", "");

  private final PodCgroups cgroups = new PodCgroups(ROOT);
  private final String parent = "/cofferdam-test-" + UUID.randomUUID();

  @AfterEach
  void removeParent() {
    cgroups.delete(parent, Deadline.after(Duration.ofSeconds(5)));
  }

  private static Path memoryFolder(String path) {
    return Files.exists(ROOT.resolve("memory"))
        ? ROOT.resolve("memory" + path)
        : ROOT.resolve(path.substring(1));
  }

  @Test
  void create_twice_limitsAreTheKernels() throws IOException {
    String path = cgroups.create(parent, "s1", LIMITS);
    assertEquals(path, cgroups.create(parent, "s1", LIMITS));
    Path folder = memoryFolder(path);
    Path limit = folder.resolve("memory.limit_in_bytes");
    assertEquals(
        "67108864",
        Files.readString(Files.exists(limit) ? limit : folder.resolve("memory.max")).strip());
    assertEquals(0, cgroups.usage(path).pids());
    cgroups.update(path, new Resources(0, 0, 0, 128 << 20, 0, 0, "", ""));
    cgroups.delete(path, Deadline.after(Duration.ofSeconds(5)));
    cgroups.delete(path, Deadline.after(Duration.ofSeconds(5)));
    assertFalse(Files.exists(folder));
  }

  @Test
  void create_refusedLimit_leavesNothing() {
    Resources odd = new Resources(0, 0, 0, 0, 0, 0, "99999", "");
    assertThrows(SandboxException.class, () -> cgroups.create(parent, "s1", odd));
    assertFalse(Files.exists(memoryFolder(parent + "/s1")));
  }

  @Test
  void delete_busy_saysWhoAndSucceedsOnceItIsGone() throws IOException {
    String path = cgroups.create(parent, "s1", LIMITS);
    Path nested = Files.createDirectory(memoryFolder(path).resolve("nested"));
    Process process = new ProcessBuilder("sleep", "100").start();
    try {
      Files.writeString(nested.resolve("cgroup.procs"), String.valueOf(process.pid()));
      assertTrue(cgroups.usage(path).memoryBytes() >= 0);
      SandboxException e =
          assertThrows(
              SandboxException.class,
              () -> cgroups.delete(path, Deadline.after(Duration.ofMillis(100))));
      assertEquals(ErrorCode.WRONG_STATE, e.code());
    } finally {
      process.destroyForcibly();
    }
    cgroups.delete(path, Deadline.after(Duration.ofSeconds(10)));
    assertFalse(Files.exists(memoryFolder(path)));
  }

  @Test
  void delete_lastOfTheDefaultParent_takesTheParentToo() {
    String first = cgroups.create("", "test-" + UUID.randomUUID(), LIMITS);
    String second = cgroups.create("", "test-" + UUID.randomUUID(), LIMITS);
    Path shared = memoryFolder(CgroupPath.DEFAULT_PARENT);
    cgroups.delete(first, Deadline.after(Duration.ofSeconds(5)));
    assertTrue(Files.exists(shared));
    cgroups.delete(second, Deadline.after(Duration.ofSeconds(5)));
    assertFalse(Files.exists(memoryFolder(second)));
  }

  @Test
  void createDelete_version2OfAHybridSystem_works() throws IOException {
    Path unified = ROOT.resolve("unified");
    assumeTrue(Files.exists(unified.resolve("cgroup.controllers")));
    PodCgroups version2 = new PodCgroups(unified);
    String path = version2.create(parent, "s1", Resources.UNLIMITED);
    Files.createDirectory(unified.resolve(path.substring(1)).resolve("nested"));
    assertEquals(path, version2.create(parent, "s1", Resources.UNLIMITED));
    version2.delete(parent, Deadline.after(Duration.ofSeconds(5)));
    assertFalse(Files.exists(unified.resolve(parent.substring(1))));
  }
}
