package dev.cofferdam.shim.cgroup;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cofferdam.sandbox.SandboxException;
import dev.cofferdam.sandbox.testing.Fuzz;
import dev.cofferdam.sandbox.testing.Mutations;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Provide;
import net.jqwik.api.lifecycle.AfterTry;
import net.jqwik.api.lifecycle.BeforeTry;

/** The kernel's files, as a kernel that we do not know may write them; and cgroup parents. */
class CgroupFuzz {
  private Path file = Path.of("/nonexistent");

  @BeforeTry
  void make() throws IOException {
    file = Files.createTempFile("cgroup", ".stat");
  }

  @AfterTry
  void remove() throws IOException {
    Files.deleteIfExists(file);
  }

  @Provide
  Arbitrary<byte[]> stats() {
    return Mutations.of("usage_usec 12345\nuser_usec 1\ninactive_file 99\n", "4096\n", "max\n");
  }

  @Provide
  Arbitrary<byte[]> parents() {
    return Mutations.of("/kubepods/burstable/pod1", "/kubepods.slice/kubepods-pod1.slice", "/");
  }

  @Fuzz
  void file_isReadOrRefused(@ForAll("stats") byte[] text) throws IOException {
    Files.write(file, text);
    try {
      var _ = CgroupFiles.field(file, "usage_usec");
      var _ = CgroupFiles.number(file);
    } catch (SandboxException e) {
      assertTrue(!String.valueOf(e.getMessage()).isEmpty());
    }
  }

  @Fuzz
  void parent_staysBelowTheRootOrIsRefused(@ForAll("parents") byte[] parent) {
    try {
      String path = CgroupPath.of(new String(parent, StandardCharsets.UTF_8), "a".repeat(64));
      String id = "a".repeat(64);
      String own = Path.of(path).getFileName().toString();
      assertTrue(path.startsWith("/"), path);
      assertTrue(own.equals(id) || own.equals("cofferdam-" + id + ".scope"), path);
      assertTrue(Path.of(path).normalize().equals(Path.of(path)), path);
    } catch (SandboxException e) {
      assertTrue(!String.valueOf(e.getMessage()).isEmpty());
    }
  }
}
