package dev.cofferdam.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RootedFilesTest {
  @TempDir Path dir;

  private static String first(Fd fd) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(64);
    int length = fd.read(buffer);
    return new String(buffer.array(), 0, length, StandardCharsets.US_ASCII);
  }

  @Test
  void open_linksThatPointOut_stayInside() throws IOException {
    Files.writeString(dir.resolve("secret"), "outside");
    Path root = Files.createDirectory(dir.resolve("root"));
    Files.writeString(root.resolve("secret"), "inside");
    Files.createSymbolicLink(root.resolve("up"), Path.of("../secret"));
    Files.createSymbolicLink(root.resolve("absolute"), Path.of("/secret"));
    for (String path : new String[] {"up", "absolute", "../../secret"}) {
      try (Fd fd = RootedFiles.open(root, path, Fd.O_RDONLY)) {
        assertEquals("inside", first(fd), path);
      }
    }
    LinuxException e =
        assertThrows(
            LinuxException.class, () -> RootedFiles.open(root, "etc/passwd", Fd.O_RDONLY).close());
    assertEquals(Errno.ENOENT, e.errno());
  }

  @Test
  void open_magicLink_isRefused() {
    LinuxException e =
        assertThrows(
            LinuxException.class,
            () -> RootedFiles.open(Path.of("/proc/self"), "root/etc", Fd.O_PATH).close());
    assertEquals(Errno.ELOOP, e.errno());
  }

  @Test
  void mount_relativeSource_isFoundThereAndTheProcessStays() throws IOException {
    Root.assumed();
    String before = Path.of("/proc/self/cwd").toRealPath().toString();
    Files.writeString(Files.createDirectory(dir.resolve("source")).resolve("file"), "x");
    Path target = Files.createDirectory(dir.resolve("target"));
    RelativeMounts.mount(dir, "source", target, "", Mounts.MS_BIND, "");
    try {
      assertTrue(Files.exists(target.resolve("file")));
      assertEquals(before, Path.of("/proc/self/cwd").toRealPath().toString());
    } finally {
      Mounts.unmount(target, false);
    }
    assertFalse(Files.exists(target.resolve("file")));
  }
}
