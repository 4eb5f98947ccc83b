package dev.cofferdam.shim.check;

import dev.cofferdam.sandbox.Usage;
import dev.cofferdam.shim.cgroup.PodCgroups;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;

/**
 * What a pod takes of its node at one moment.
 *
 * @param pssBytes proportional set size of all its processes: what several share counts in parts
 * @param cgroupBytes what its cgroup is charged for, without file cache that could go at once
 * @param cpuNanos since it was made
 */
record PodReading(long atNanoTime, long pssBytes, long cgroupBytes, long cpuNanos) {
  private static final String PSS = "Pss:";

  static PodReading of(PodCgroups cgroups, String path) {
    Usage usage = cgroups.usage(path);
    return new PodReading(
        System.nanoTime(), pss(cgroups.processes(path)), usage.memoryBytes(), usage.cpuNanos());
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
        .filter(line -> line.startsWith(PSS))
        .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")) << 10)
        .sum();
  }

  /** The larger of the two ways to count. */
  long memoryBytes() {
    return Math.max(pssBytes, cgroupBytes);
  }
}
