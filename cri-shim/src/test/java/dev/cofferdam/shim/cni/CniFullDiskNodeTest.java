package dev.cofferdam.shim.cni;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.cofferdam.linux.Mounts;
import dev.cofferdam.sandbox.Deadline;
import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.SandboxException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The cache lies on a disk of one page. */
@Tag("node")
final class CniFullDiskNodeTest {
  @TempDir Path folder;
  private FakePlugins plugins;
  private Path disk;

  @BeforeEach
  void mountDisk() throws IOException {
    plugins = new FakePlugins(folder);
    plugins.list("main");
    plugins.succeeding("main", FakePlugins.RESULT);
    disk = Files.createDirectory(plugins.settings.cacheDir());
    Mounts.mount("tmpfs", disk, "tmpfs", 0, "size=4k");
  }

  @AfterEach
  void unmountDisk() throws IOException {
    Mounts.unmount(disk, true);
  }

  private void assertRefused() {
    SandboxException e =
        assertThrows(
            SandboxException.class,
            () ->
                new Cni(plugins.settings)
                    .add(plugins.pod(), Deadline.after(Duration.ofSeconds(30))));
    assertEquals(ErrorCode.RESOURCE_EXHAUSTED, e.code());
  }

  @Test
  void add_noRoomForTheIntention_noPluginIsRun() throws IOException {
    Path filler = Files.write(disk.resolve("filler"), new byte[4096]);
    assertRefused();
    assertEquals(List.of(), plugins.calls());
    Files.delete(filler);
    try (Stream<Path> left = Files.list(disk)) {
      assertEquals(List.of(), left.toList());
    }
  }

  @Test
  void add_noRoomForTheResult_isTakenBack() throws IOException {
    assertRefused();
    assertEquals(List.of("ADD main", "DEL main"), plugins.calls());
    try (Stream<Path> left = Files.list(disk)) {
      assertEquals(List.of(), left.toList());
    }
  }
}
