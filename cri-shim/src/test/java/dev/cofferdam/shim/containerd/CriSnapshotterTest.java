package dev.cofferdam.shim.containerd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.cofferdam.containerd.introspection.v1.Plugin;
import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.SandboxException;
import java.util.List;
import org.junit.jupiter.api.Test;

final class CriSnapshotterTest {
  private static final List<Plugin> PLUGINS =
      List.of(
          Plugin.newBuilder().setId("native").putExports("root", "/data/native").build(),
          Plugin.newBuilder().setId("overlayfs").putExports("root", "/data/over").build(),
          Plugin.newBuilder().setId("stargz").build());

  @Test
  void choose_folderOfOne_isThatOne() {
    assertEquals("overlayfs", CriSnapshotter.choose("/data/over", PLUGINS));
  }

  @Test
  void choose_proxyPlugin_byTheFoldersName() {
    assertEquals(
        "stargz",
        CriSnapshotter.choose("/var/lib/containerd/io.containerd.snapshotter.v1.stargz", PLUGINS));
  }

  @Test
  void choose_nobodysFolder_isNotGuessed() {
    SandboxException e =
        assertThrows(SandboxException.class, () -> CriSnapshotter.choose("/elsewhere", PLUGINS));
    assertEquals(ErrorCode.UNSUPPORTED, e.code());
  }
}
