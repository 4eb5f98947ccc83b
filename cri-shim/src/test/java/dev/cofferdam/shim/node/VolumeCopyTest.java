package dev.cofferdam.shim.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cofferdam.sandbox.Deadline;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Needs root, as the shim has it. */
class VolumeCopyTest {
  @TempDir Path folder;
  private Path root;
  private Path volume;

  @BeforeEach
  void makeFolders() throws IOException {
    root = Files.createDirectories(folder.resolve("root"));
    volume = Files.createDirectories(folder.resolve("volume"));
  }

  private void copy(String path) {
    VolumeCopy.copy(root, path, volume, Deadline.after(Duration.ofSeconds(10)));
  }

  @Test
  void copy_ofAFolder_hasItsFilesOwnerAndMode() throws IOException {
    Path data = Files.createDirectories(root.resolve("data"));
    Files.writeString(data.resolve("seed"), "content");
    Files.createSymbolicLink(data.resolve("link"), Path.of("/etc/passwd"));
    Files.setAttribute(data, "unix:uid", 999);
    Files.setPosixFilePermissions(data, PosixFilePermissions.fromString("rwx------"));

    copy("/data");

    assertEquals("content", Files.readString(volume.resolve("seed")));
    assertTrue(Files.isSymbolicLink(volume.resolve("link")));
    assertEquals(999, Files.getAttribute(volume, "unix:uid"));
    assertEquals("rwx------", PosixFilePermissions.toString(Files.getPosixFilePermissions(volume)));
  }

  @Test
  void copy_ofWhatTheImageDoesNotHave_leavesTheVolumeEmpty() throws IOException {
    copy("/none");
    try (Stream<Path> files = Files.list(volume)) {
      assertEquals(0, files.count());
    }
  }

  @Test
  void copy_ofALinkOutOfTheImage_staysInIt() throws IOException {
    Path outside = Files.createDirectories(folder.resolve("outside"));
    Files.writeString(outside.resolve("secret"), "of the node");
    Files.createSymbolicLink(root.resolve("data"), outside);

    copy("/data");

    assertFalse(Files.exists(volume.resolve("secret")));
  }
}
