package dev.cofferdam.shim.state;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FolderLockTest {
  @TempDir Path folder;

  @Test
  void take_whatAnotherHas_isRefusedUntilItLetsGo() throws Exception {
    try (FolderLock _ = FolderLock.take(folder, "lock")) {
      IOException refusal = assertThrows(IOException.class, () -> FolderLock.take(folder, "lock"));
      assertTrue(String.valueOf(refusal.getMessage()).contains("another shim works on " + folder));
      // The refused one's try must not have let go of the first's.
      assertTrue(locked());
    }
    assertFalse(locked());
    FolderLock.take(folder, "lock").close();
  }

  /** What the kernel says, as another process would find it. */
  private boolean locked() throws IOException {
    Object inode = Files.getAttribute(folder.resolve("lock"), "unix:ino");
    try (Stream<String> locks = Files.lines(Path.of("/proc/locks"))) {
      return locks.anyMatch(line -> line.contains("POSIX") && line.contains(":" + inode + " "));
    }
  }
}
