package dev.cofferdam.shim.rootfs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cofferdam.linux.Mounts;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

final class MountOptionsTest {

  @Test
  void parse_mixed_flagsAndData() {
    MountOptions options =
        MountOptions.parse(List.of("index=off", "ro", "nodev", "rw", "userxattr", "defaults"));
    assertEquals(
        new MountOptions(Mounts.MS_NODEV, "index=off,userxattr", Optional.empty()), options);
  }

  @Test
  void parse_readOnlyBind_needsASecondCall() {
    assertTrue(MountOptions.parse(List.of("ro", "rbind")).readOnlyBind());
  }

  @Test
  void parse_manyLayers_areNamedRelativeToTheirFolder() {
    String lower =
        IntStream.range(0, 100)
            .mapToObj(
                i ->
                    "/var/lib/containerd/io.containerd.snapshotter.v1.overlayfs/snapshots/"
                        + i
                        + "/fs")
            .collect(Collectors.joining(":"));
    MountOptions options =
        MountOptions.parse(List.of("upperdir=/u", "workdir=/w", "lowerdir=" + lower));
    assertEquals(
        Optional.of("/var/lib/containerd/io.containerd.snapshotter.v1.overlayfs/snapshots/"),
        options.workingDirectory());
    assertTrue(options.data().startsWith("upperdir=/u,workdir=/w,lowerdir=0/fs:1/fs:"));
    assertTrue(options.data().length() < 4096);
  }

  @Test
  void commonFolder_digitsInCommon_endsAtTheSlash() {
    assertEquals("/s/", MountOptions.commonFolder(List.of("/s/12/fs", "/s/13/fs", "/s/1/fs")));
    assertEquals("/", MountOptions.commonFolder(List.of("/a/fs", "/b/fs")));
    assertEquals("", MountOptions.commonFolder(List.of()));
  }
}
