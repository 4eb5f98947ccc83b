package dev.cofferdam.microvm.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cofferdam.microvm.monitor.Slots;
import dev.cofferdam.sandbox.Deadline;
import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.SandboxException;
import dev.cofferdam.sandbox.testing.Eventually;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** With a stand-in for mkfs.erofs that notes its calls. */
class ErofsCacheTest {
  private static final String FIRST = "sha256:" + "a".repeat(64);
  private static final String SECOND = "sha256:" + "b".repeat(64);

  @TempDir Path folder;
  private Path program = Path.of("/nowhere");
  private Path tree = Path.of("/nowhere");

  @BeforeEach
  void make() throws Exception {
    tree = Files.createDirectory(folder.resolve("tree"));
    program = program("echo made >> " + folder + "/calls; head -c 1000 /dev/zero > \"$3\"");
  }

  private Path program(String script) throws Exception {
    Path file = folder.resolve("mkfs");
    Files.writeString(file, "#!/bin/sh\n" + script + "\n");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    return file;
  }

  private ErofsCache cache(long mostBytes) {
    return new ErofsCache(folder.resolve("cache"), program.toString(), mostBytes);
  }

  private static Deadline soon() {
    return Deadline.after(Duration.ofSeconds(30));
  }

  private long calls() throws Exception {
    Path calls = folder.resolve("calls");
    return Files.exists(calls) ? Files.readAllLines(calls).size() : 0;
  }

  private List<Path> images() throws Exception {
    try (Stream<Path> files = Files.list(folder.resolve("cache/images"))) {
      return files.sorted().toList();
    }
  }

  @Test
  void acquire_sameChainIdTwice_isMadeOnce() throws Exception {
    Path first = cache(1 << 20).acquire("one", FIRST, tree, soon());
    Path second = cache(1 << 20).acquire("two", FIRST, tree, soon());
    assertEquals(1, calls());
    assertTrue(Files.isSameFile(first, second));
    assertEquals(Slots.SIZE_BYTES, Files.size(first));
  }

  @Test
  void acquire_byManyAtOnce_isMadeOnce() throws Exception {
    ErofsCache cache = cache(1 << 20);
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Callable<Path>> tasks =
          IntStream.range(0, 20)
              .mapToObj(i -> (Callable<Path>) () -> cache.acquire("user" + i, FIRST, tree, soon()))
              .toList();
      for (var made : threads.invokeAll(tasks)) {
        assertTrue(Files.exists(made.get()));
      }
    }
    assertEquals(1, calls());
  }

  @Test
  void evict_tooLarge_takesTheOneUnusedForLongest() throws Exception {
    ErofsCache cache = cache(1500);
    cache.acquire("one", FIRST, tree, soon());
    cache.releaseAll("one");
    Files.setLastModifiedTime(images().getFirst(), FileTime.fromMillis(1));
    cache.acquire("two", SECOND, tree, soon());
    assertEquals(1, images().size());
    assertTrue(images().getFirst().toString().contains("bbb"));
  }

  @Test
  void evict_inUse_staysHoweverLarge() throws Exception {
    ErofsCache cache = cache(1);
    Path held = cache.acquire("one", FIRST, tree, soon());
    cache.acquire("two", SECOND, tree, soon());
    assertTrue(Files.exists(held));
    assertEquals(2, images().size());
    // Another process of the shim sees it in use too.
    cache(1).evict();
    assertEquals(2, images().size());
    cache.release("one", FIRST);
    cache.evict();
    assertFalse(Files.exists(held));
    assertEquals(1, images().size());
  }

  @Test
  void sweep_whileAnImageIsMade_leavesIt_andTakesWhatIsOfNobody() throws Exception {
    program =
        program(
            "head -c 1000 /dev/zero > \"$3\"; while [ ! -e "
                + folder
                + "/go ]; do sleep 0.01; done");
    ErofsCache cache = cache(1 << 20);
    Path parts = Files.createDirectories(folder.resolve("cache/parts"));
    Path left = Files.createFile(parts.resolve("left.1"));
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var made = threads.submit(() -> cache.acquire("one", FIRST, tree, soon()));
      Eventually.get(
          "the image is being made",
          () -> Optional.of(parts.toFile().list()).filter(files -> files.length == 3));
      cache.sweep();
      Files.createFile(folder.resolve("go"));
      assertTrue(Files.exists(made.get()));
    }
    assertFalse(Files.exists(left));
  }

  @Test
  void acquire_noSpaceLeft_isResourceExhaustedAndLeavesNothing() throws Exception {
    program =
        program("head -c 10 /dev/zero > \"$3\"; echo 'write: No space left on device'; exit 1");
    SandboxException e =
        assertThrows(
            SandboxException.class, () -> cache(1 << 20).acquire("one", FIRST, tree, soon()));
    assertEquals(ErrorCode.RESOURCE_EXHAUSTED, e.code());
    assertEquals(List.of(), images());
    try (Stream<Path> parts = Files.list(folder.resolve("cache/parts"))) {
      assertEquals(List.of(), parts.toList());
    }
  }

  @Test
  void acquire_programMissing_saysWhatToInstall() {
    program = Path.of("/no/such/mkfs.erofs");
    SandboxException e =
        assertThrows(
            SandboxException.class, () -> cache(1 << 20).acquire("one", FIRST, tree, soon()));
    assertEquals(ErrorCode.PROGRAM_MISSING, e.code());
    assertTrue(String.valueOf(e.getMessage()).contains("erofs-utils"));
  }
}
