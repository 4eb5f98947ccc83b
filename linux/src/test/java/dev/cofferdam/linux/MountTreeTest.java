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

class MountTreeTest {
  @TempDir Path dir;

  @BeforeEach
  void root() throws IOException {
    Root.assumed();
  }

  @Test
  void copy_folder_endsAtItsRootAndCanBeReadOnly() throws IOException {
    Path source = Files.createDirectory(dir.resolve("source"));
    Files.writeString(source.resolve("file"), "x");
    Files.writeString(dir.resolve("outside"), "y");
    try (Fd tree = MountTree.copy(source, true)) {
      Path inside = Path.of("/proc/self/fd/" + tree.number());
      Files.writeString(inside.resolve("new"), "z");
      MountTree.restrict(tree, MountTree.READ_ONLY | MountTree.NO_LINKS, true);
      assertEquals("x", Files.readString(inside.resolve("file")));
      assertFalse(Files.exists(inside.resolve("../outside")));
      assertThrows(IOException.class, () -> Files.writeString(inside.resolve("more"), "y"));
    }
    assertTrue(Files.exists(source.resolve("new")));
    Files.writeString(source.resolve("more"), "the original is as it was");
  }

  @Test
  void copy_withMountsBelow_keepsThemWhenTheOriginalIsUnmounted() throws IOException {
    Path below = Files.createDirectory(dir.resolve("below"));
    Mounts.mount("tmpfs", below, "tmpfs", 0, "size=64k");
    try (Fd tree = copied(below)) {
      Mounts.unmount(below, false);
      assertTrue(Files.exists(Path.of("/proc/self/fd/" + tree.number() + "/below/file")));
    } finally {
      Mounts.unmount(below, true);
    }
  }

  private Fd copied(Path below) throws IOException {
    Files.writeString(below.resolve("file"), "x");
    Fd tree = MountTree.copy(dir, true);
    MountTree.restrict(tree, 0, true);
    return tree;
  }
}
