package dev.cofferdam.shim.network;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The network namespaces that are mounted on files with the name that containerd and other users of
 * Go's library give to those of pods: {@code cni-} and a random part.
 *
 * @param mountInfo usually {@code /proc/self/mountinfo}
 */
record NamespaceMounts(Path mountInfo) {
  private static final int MOUNT_POINT = 4;
  private static final String PREFIX = "cni-";

  List<Path> ofPods() throws IOException {
    List<Path> found = new ArrayList<>();
    for (String line : Files.readAllLines(mountInfo, StandardCharsets.ISO_8859_1)) {
      // proc_pid_mountinfo(5): "… root mountpoint options [optional]* - type source super"
      String[] fields = line.split(" ", -1);
      if (fields.length > MOUNT_POINT && line.contains(" - nsfs ")) {
        Path mounted = Path.of(fields[MOUNT_POINT]);
        if (String.valueOf(mounted.getFileName()).startsWith(PREFIX) && !found.contains(mounted)) {
          found.add(mounted);
        }
      }
    }
    return found;
  }

  /** {@code /var/run} is a link to {@code /run}: containerd says one, the kernel the other. */
  Path real(Path namespace) {
    try {
      return namespace.toRealPath();
    } catch (IOException e) {
      return namespace; // of a pod that has gone
    }
  }
}
