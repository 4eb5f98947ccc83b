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

class TreesTest {
  @TempDir Path dir;

  private Path tree = Path.of("/nonexistent");
  private Path elsewhere = Path.of("/nonexistent");

  @BeforeEach
  void make() throws IOException {
    tree = Files.createDirectory(dir.resolve("tree"));
    elsewhere = Files.createDirectory(dir.resolve("elsewhere"));
    Files.createSymbolicLink(elsewhere.resolve("bin"), Path.of("usr/bin"));
    Files.createDirectories(elsewhere.resolve("usr/bin"));
  }

  @Test
  void delete_treeWithLinks_leavesWhatTheyLeadTo() throws IOException {
    Files.createDirectories(tree.resolve("a/b c"));
    Files.writeString(tree.resolve("a/b c/file"), "x");
    Files.createSymbolicLink(tree.resolve("a/link"), elsewhere);
    Files.createSymbolicLink(tree.resolve("dangling"), Path.of("nowhere"));
    Trees.delete(tree);
    assertFalse(Files.exists(tree));
    assertElsewhereIsWhole();
  }

  @Test
  void delete_linkToAFolder_deletesTheLink() throws IOException {
    Path link = Files.createSymbolicLink(tree.resolve("link"), elsewhere);
    Trees.delete(link);
    assertEquals(0, tree.toFile().list().length);
    assertElsewhereIsWhole();
  }

  @Test
  void delete_missingOrBelowNothing_isDone() throws IOException {
    Trees.delete(tree.resolve("missing"));
    Trees.delete(tree.resolve("missing/too"));
  }

  @Test
  void delete_mountOfTheSameFileSystemBelow_failsAndLeavesIt() throws IOException {
    Root.assumed();
    Path point = Files.createDirectories(tree.resolve("a/rootfs"));
    Mounts.bind(elsewhere, point, false);
    try {
      LinuxException refused = assertThrows(LinuxException.class, () -> Trees.delete(tree));
      assertEquals(Errno.EXDEV, refused.errno());
      assertTrue(String.valueOf(refused.getMessage()).contains(point.toString()));
      assertElsewhereIsWhole();
    } finally {
      Mounts.unmount(point, false);
    }
    Trees.delete(tree);
    assertFalse(Files.exists(tree));
  }

  @Test
  void delete_mountPointItself_failsAndLeavesIt() throws IOException {
    Root.assumed();
    Mounts.bind(elsewhere, tree, false);
    try {
      assertThrows(LinuxException.class, () -> Trees.delete(tree));
      assertElsewhereIsWhole();
    } finally {
      Mounts.unmount(tree, false);
    }
  }

  @Test
  void delete_fileMountedBelow_failsAndLeavesIt() throws IOException {
    Root.assumed();
    Path data = Files.writeString(elsewhere.resolve("data"), "x");
    Path point = Files.createFile(tree.resolve("file"));
    Mounts.bind(data, point, false);
    try {
      LinuxException refused = assertThrows(LinuxException.class, () -> Trees.delete(tree));
      assertEquals(Errno.EBUSY, refused.errno());
      assertEquals("x", Files.readString(data));
    } finally {
      Mounts.unmount(point, false);
    }
  }

  @Test
  void delete_entryOfTheRootFolder_isRefused() {
    for (String own : new String[] {"/", "/cofferdam-none", "/a/../cofferdam-none", "//none"}) {
      assertThrows(IllegalArgumentException.class, () -> Trees.delete(Path.of(own)), own);
    }
  }

  private void assertElsewhereIsWhole() {
    assertTrue(Files.isSymbolicLink(elsewhere.resolve("bin")));
    assertTrue(Files.isDirectory(elsewhere.resolve("usr/bin")));
  }
}
