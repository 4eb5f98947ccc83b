package dev.cofferdam.shim.node;

import dev.cofferdam.sandbox.Deadline;
import dev.cofferdam.shim.host.Images;
import dev.cofferdam.shim.rootfs.DiskUsage;
import dev.cofferdam.shim.rootfs.RootFilesystems;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/**
 * What containers have written to their roots. Counting walks the files, so an answer may be some
 * seconds old, and a new one is counted while the old one is given.
 */
final class WritableLayers {
  private static final Duration HOLDS = Duration.ofSeconds(10);
  private static final Duration COUNTING = Duration.ofSeconds(30);

  private final RootFilesystems rootFilesystems;
  private final Path mountPoint;
  private final ConcurrentMap<String, Counted> known = new ConcurrentHashMap<>();
  private final Set<String> counting = ConcurrentHashMap.newKeySet();

  private record Counted(DiskUsage usage, long atNanoTime) {}

  /**
   * @param mountPoint where the disk with the layers is; what kubelet tells disks apart by
   */
  WritableLayers(RootFilesystems rootFilesystems, Path mountPoint) {
    this.rootFilesystems = rootFilesystems;
    this.mountPoint = mountPoint;
  }

  Optional<Images.DiskUsage> usage(String containerId) {
    Counted counted = known.get(containerId);
    if (counted == null || System.nanoTime() - counted.atNanoTime > HOLDS.toNanos()) {
      begin(containerId);
    }
    return Optional.ofNullable(counted)
        .map(
            each ->
                new Images.DiskUsage(
                    each.usage.bytes(), each.usage.inodes(), mountPoint.toString()));
  }

  void forget(String containerId) {
    known.remove(containerId);
  }

  private void begin(String containerId) {
    if (counting.add(containerId)) {
      Thread.ofVirtual().name("disk-usage").start(() -> count(containerId));
    }
  }

  private void count(String containerId) {
    try {
      DiskUsage usage = rootFilesystems.usage(containerId, Deadline.after(COUNTING));
      known.put(containerId, new Counted(usage, System.nanoTime()));
    } catch (RuntimeException gone) {
      // Removed meanwhile, or containerd is away: the last number stands until there is a new one.
    } finally {
      counting.remove(containerId);
    }
  }
}
