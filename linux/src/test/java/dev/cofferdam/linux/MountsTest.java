package dev.cofferdam.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MountsTest {
  @TempDir Path dir;

  @BeforeEach
  void root() throws IOException {
    Root.assumed();
  }

  @Test
  void bind_folder_showsItsFilesUntilUnmounted() throws IOException {
    Path source = Files.createDirectory(dir.resolve("source"));
    Path target = Files.createDirectory(dir.resolve("target"));
    Files.writeString(source.resolve("file"), "x");
    Mounts.bind(source, target, false);
    try {
      assertTrue(Files.exists(target.resolve("file")));
      Mounts.remountReadOnly(target);
      assertThrows(IOException.class, () -> Files.writeString(target.resolve("more"), "y"));
    } finally {
      Mounts.unmount(target, false);
    }
    assertFalse(Files.exists(target.resolve("file")));
  }

  @Test
  void mount_tmpfsWithOptions_isThatLarge() throws IOException {
    Path target = Files.createDirectory(dir.resolve("target"));
    Mounts.mount("tmpfs", target, "tmpfs", Mounts.MS_NODEV, "size=64k");
    try {
      Mounts.setPropagation(target, Mounts.Propagation.PRIVATE);
      assertEquals(64 * 1024, Files.getFileStore(target).getTotalSpace());
    } finally {
      Mounts.unmount(target, true);
    }
  }

  @Test
  void isMountPoint_mountedBoundMissingOrLinked_isTold() throws IOException {
    Path source = Files.createDirectory(dir.resolve("source"));
    Path target = Files.createDirectory(dir.resolve("tar get"));
    Path link = Files.createSymbolicLink(dir.resolve("link"), target);
    assertFalse(Mounts.isMountPoint(target));
    assertFalse(Mounts.isMountPoint(dir.resolve("missing")));
    assertFalse(Mounts.isMountPoint(dir.resolve("missing/too")));
    Mounts.bind(source, target, false); // on the same file system
    try {
      assertTrue(Mounts.isMountPoint(target));
      assertFalse(Mounts.isMountPoint(link));
      assertFalse(Mounts.isMountPoint(source));
      Path inside = Files.createDirectory(target.resolve("inside"));
      assertFalse(Mounts.isMountPoint(inside));
      Mounts.mount("tmpfs", inside, "tmpfs", 0, "size=64k");
      assertTrue(Mounts.isMountPoint(inside));
      Mounts.unmount(inside, false);
      assertFalse(Mounts.isMountPoint(inside));
    } finally {
      Mounts.unmount(target, true);
    }
    assertFalse(Mounts.isMountPoint(target));
    assertTrue(Mounts.isMountPoint(Path.of("/")));
  }

  @Test
  void unmount_nothingMounted_isNoError() throws IOException {
    Mounts.unmount(dir, false);
    Mounts.unmount(dir.resolve("missing"), true);
  }

  @Test
  void mount_missingTarget_saysWhatWasTried() {
    Path target = dir.resolve("missing");
    LinuxException e =
        assertThrows(LinuxException.class, () -> Mounts.mount("tmpfs", target, "tmpfs", 0, ""));
    assertEquals(Errno.ENOENT, e.errno());
    assertEquals(
        "mount tmpfs tmpfs on " + target + ": no such file or directory (ENOENT)", e.getMessage());
  }
}
