package dev.cofferdam.shim.check;

import dev.cofferdam.sandbox.Usage;
import dev.cofferdam.shim.cgroup.PodCgroups;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;

/**
 * What a pod takes of its node at one moment. What is mapped of files, and file cache that the pod
 * is charged for, counts nowhere: the text of a wall's programs is there once for all pods of the
 * node, and a pod that reads a gigabyte would seem to cost that; both go when memory is wanted.
 *
 * @param pssBytes proportional set size of all its processes, without files: what several share
 *     counts in parts
 * @param kernelBytes what the kernel needs for them
 * @param cgroupBytes what its cgroup is charged for, without inactive file cache
 * @param cpuNanos since it was made
 */
record PodReading(
    long atNanoTime, long pssBytes, long kernelBytes, long cgroupBytes, long cpuNanos) {
  /** Documentation/filesystems/proc.rst; the parts are there since Linux 5.9. */
  private static final List<String> PARTS = List.of("Pss_Anon:", "Pss_Shmem:");

  static PodReading of(PodCgroups cgroups, String path) {
    Usage usage = cgroups.usage(path);
    return new PodReading(
        System.nanoTime(),
        pss(cgroups.processes(path)),
        cgroups.kernelMemoryBytes(path),
        usage.memoryBytes(),
        usage.cpuNanos());
  }

  private static long pss(Set<Long> processes) {
    return processes.stream().mapToLong(PodReading::pss).sum();
  }

  private static long pss(long process) {
    try {
      return pss(Files.readString(Path.of("/proc/" + process + "/smaps_rollup")));
    } catch (IOException ended) {
      return 0;
    }
  }

  static long pss(String rollup) {
    return rollup
        .lines()
        .filter(line -> PARTS.stream().anyMatch(line::startsWith))
        .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")) << 10)
        .sum();
  }

  /** All that counts. */
  long memoryBytes() {
    return pssBytes + kernelBytes;
  }
}
