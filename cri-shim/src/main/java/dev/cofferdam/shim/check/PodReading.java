package dev.cofferdam.shim.check;

import dev.cofferdam.sandbox.Usage;
import dev.cofferdam.shim.cgroup.PodCgroups;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Collectors;

/**
 * What a pod takes of its node at one moment. What is mapped of files, and file cache that the pod
 * is charged for, counts nowhere: the text of a wall's programs is there once for all pods of the
 * node, and a pod that reads a gigabyte would seem to cost that; both go when memory is wanted.
 *
 * @param pssBytes proportional set size of all its processes, without files: what several share
 *     counts in parts
 * @param sharedBytes the part of it that is shared memory
 * @param kernelBytes what the kernel needs for them
 * @param cgroupBytes what its cgroup is charged for, without inactive file cache
 * @param cpuNanos since it was made
 */
record PodReading(
    long atNanoTime,
    long pssBytes,
    long sharedBytes,
    long kernelBytes,
    long cgroupBytes,
    long cpuNanos) {
  /** Documentation/filesystems/proc.rst; the parts are there since Linux 5.9. */
  private static final String ANONYMOUS = "Pss_Anon:";

  private static final String SHARED = "Pss_Shmem:";

  static PodReading of(PodCgroups cgroups, String path) {
    Usage usage = cgroups.usage(path);
    String rollups =
        cgroups.processes(path).stream().map(PodReading::rollup).collect(Collectors.joining());
    return new PodReading(
        System.nanoTime(),
        bytes(rollups, ANONYMOUS) + bytes(rollups, SHARED),
        bytes(rollups, SHARED),
        cgroups.kernelMemoryBytes(path),
        usage.memoryBytes(),
        usage.cpuNanos());
  }

  private static String rollup(long process) {
    try {
      return Files.readString(Path.of("/proc/" + process + "/smaps_rollup"));
    } catch (IOException ended) {
      return "";
    }
  }

  /** The sum of one kind of lines. */
  static long bytes(String rollups, String kind) {
    return rollups
        .lines()
        .filter(line -> line.startsWith(kind))
        .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")) << 10)
        .sum();
  }

  /**
   * The part of what containers use that counts here: files of the node that they map do not, and
   * without them a sentry has all that is theirs in shared memory. A guest's memory counts as a
   * whole.
   */
  long containersBytes(long used, boolean guest) {
    return guest ? used : Math.min(used, sharedBytes);
  }

  /** All that counts. */
  long memoryBytes() {
    return pssBytes + kernelBytes;
  }
}
