package dev.cofferdam.shim.check;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cofferdam.sandbox.Deadline;
import dev.cofferdam.shim.containerd.Blob;
import dev.cofferdam.shim.containerd.Containerd;
import dev.cofferdam.shim.containerd.ContentBlobs;
import dev.cofferdam.shim.containerd.CriSnapshotter;
import dev.cofferdam.shim.containerd.ImageRecords;
import dev.cofferdam.shim.containerd.Snapshots;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** On a real containerd, which two shims share. */
@Tag("node")
class CanaryStoreNodeTest {
  private static final byte[] PROGRAM = "a program".getBytes(StandardCharsets.US_ASCII);

  @Test
  void remove_ofOneShims_leavesTheOthersWhole(@TempDir Path folder) throws Exception {
    CanaryImage ones = CanaryImage.of(PROGRAM, Path.of("/run/one/check"));
    CanaryImage others = CanaryImage.of(PROGRAM, Path.of("/run/other/check"));
    assertNotEquals(ones.name(), others.name());
    try (var server =
            new dev.cofferdam.shim.testing.Containerd(Files.createDirectory(folder.resolve("c")));
        Containerd client = new Containerd(server.socket())) {
      CanaryStore one = new CanaryStore(client, ones);
      CanaryStore other = new CanaryStore(client, others);
      one.put(soon());
      other.put(soon());

      one.remove(soon());

      ImageRecords images = new ImageRecords(client);
      assertFalse(images.find(ones.name(), soon()).isPresent());
      assertEquals(others.id(), images.find(others.name(), soon()).orElseThrow().getId());
      Snapshots snapshots = new Snapshots(client, new CriSnapshotter(client).name(soon()));
      assertEquals(others.chainId(), snapshots.stat(others.chainId(), soon()).getName());
      Blob layer = others.layer();
      int size = layer.bytes().size();
      assertArrayEquals(
          layer.bytes().toByteArray(),
          new ContentBlobs(client).read(layer.digest(), size, size, soon()));

      other.remove(soon());
      assertFalse(images.find(others.name(), soon()).isPresent());
      assertTrue(snapshots.list("kind==committed", soon()).isEmpty());
    }
  }

  private static Deadline soon() {
    return Deadline.after(Duration.ofSeconds(30));
  }
}
