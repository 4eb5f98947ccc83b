package dev.cofferdam.shim.state;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cofferdam.linux.Mounts;
import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.SandboxException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A full disk under the state folder; needs root, for the small disk. */
class FullDiskTest {
  private static final String A = "a".repeat(64);

  @TempDir Path root;
  private StateStore store;

  @BeforeEach
  void mountSmallDisk() throws IOException {
    Mounts.mount("tmpfs", root, "tmpfs", 0, "size=64k");
    store = new StateStore(root);
  }

  @AfterEach
  void unmount() throws IOException {
    Mounts.unmount(root, true);
  }

  private void fill() throws IOException {
    Path filler = root.resolve("filler");
    try (var out = Files.newOutputStream(filler)) {
      byte[] block = new byte[4096];
      while (true) {
        out.write(block);
      }
    } catch (IOException full) {
      assertTrue(Files.size(filler) > 0, full.toString());
    }
  }

  @Test
  void save_ofANewRecordOnAFullDisk_namesTheFolderAndLeavesNothing() throws IOException {
    fill();
    SandboxException e = assertThrows(SandboxException.class, () -> store.save(Records.sandbox(A)));
    assertEquals(ErrorCode.RESOURCE_EXHAUSTED, e.code());
    assertTrue(e.toString().contains(store.sandboxFolder(A).toString()), e.toString());
    try (Stream<Path> left = Files.list(root.resolve("sandboxes"))) {
      assertEquals(List.of(), left.toList());
    }
  }

  @Test
  void save_overARecordOnAFullDisk_keepsTheOldOne() throws IOException {
    store.save(Records.sandbox(A));
    fill();
    SandboxRecord ended = Records.sandbox(A).withPhase(SandboxRecord.Phase.ENDED, "x".repeat(8192));
    assertThrows(SandboxException.class, () -> store.save(ended));
    assertEquals(List.of(Records.sandbox(A)), store.load().sandboxes());
  }

  @Test
  void removeSandbox_onAFullDisk_works() throws IOException {
    store.save(Records.sandbox(A));
    fill();
    store.removeSandbox(A);
    assertEquals(List.of(), store.load().sandboxes());
  }
}
