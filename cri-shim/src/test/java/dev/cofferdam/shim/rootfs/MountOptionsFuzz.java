package dev.cofferdam.shim.rootfs;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cofferdam.sandbox.testing.Fuzz;
import dev.cofferdam.sandbox.testing.Mutations;
import java.nio.charset.StandardCharsets;
import java.util.List;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Provide;

/** Mounts as containerd's snapshotter names them. */
class MountOptionsFuzz {
  @Provide
  Arbitrary<byte[]> options() {
    String layers = "/var/lib/containerd/s/1/fs:".repeat(200) + "/var/lib/containerd/s/2/fs";
    return Mutations.of(
        "ro\nnosuid\nlowerdir=/a/1/fs:/a/2/fs\nupperdir=/a/3/fs\nworkdir=/a/3/work",
        "rw\nlowerdir=" + layers + "\nupperdir=/var/lib/containerd/s/3/fs");
  }

  @Fuzz
  void options_areSplit(@ForAll("options") byte[] text) {
    MountOptions parsed =
        MountOptions.parse(List.of(new String(text, StandardCharsets.UTF_8).split("\n", -1)));
    assertTrue(parsed.workingDirectory().orElse("/").endsWith("/"));
  }
}
