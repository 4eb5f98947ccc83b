package dev.cofferdam.gvisor;

import static java.nio.file.StandardOpenOption.WRITE;

import dev.cofferdam.sandbox.Resources;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * A cgroup in the hierarchy that shares out CPU time: a pod's, or in it one container's. On version
 * 2 a container's is threaded, so that the sentry may stay in the pod's (cgroup-v2.rst, "Threads").
 *
 * @param folder below {@code /sys/fs/cgroup}
 */
record CpuCgroup(Path folder) {
  private static final String PROCESSES = "cgroup.procs";
  private static final String PERIOD = "cpu.cfs_period_us";
  private static final String QUOTA = "cpu.cfs_quota_us";
  private static final String MAX = "cpu.max";
  private static final long DEFAULT_PERIOD_MICROS = 100_000;
  private static final int SHORT_ID = 16;

  /** One container's, in this one. */
  CpuCgroup of(String containerId) {
    String name =
        containerId.length() > SHORT_ID ? containerId.substring(0, SHORT_ID) : containerId;
    return new CpuCgroup(folder.resolve("cpu-" + name));
  }

  private boolean isVersion2() {
    return Files.exists(folder.resolve("cgroup.type"));
  }

  /** Makes a container's, unless an earlier shim has. */
  void make() throws IOException {
    if (!Files.exists(folder)) {
      Files.createDirectory(folder);
    }
    if (isVersion2() && !Files.exists(folder.resolve(MAX))) {
      write("cgroup.type", "threaded");
      Files.writeString(folder.resolveSibling("cgroup.subtree_control"), "+cpu", WRITE);
    }
  }

  /** Limits it to what a container may use. */
  void limit(Resources limits) throws IOException {
    long period = period(limits);
    if (isVersion2()) {
      write(MAX, limits.cpuQuotaMicros() + " " + period);
    } else {
      write(QUOTA, "-1"); // with another period the old one may be more than the pod's
      write(PERIOD, Long.toString(period));
      write(QUOTA, Long.toString(limits.cpuQuotaMicros()));
    }
  }

  /** Processors' worth of time that a container may use; infinite without a limit. */
  static double processors(Resources limits) {
    return limits.cpuQuotaMicros() > 0
        ? (double) limits.cpuQuotaMicros() / period(limits)
        : Double.POSITIVE_INFINITY;
  }

  private static long period(Resources limits) {
    return limits.cpuPeriodMicros() > 0 ? limits.cpuPeriodMicros() : DEFAULT_PERIOD_MICROS;
  }

  /** The same of this cgroup and those around it: the least of them. */
  double processors() {
    double least = Double.POSITIVE_INFINITY;
    for (Path at = folder; at != null; at = at.getParent()) {
      least = Math.min(least, own(at));
    }
    return least;
  }

  private static double own(Path cgroup) {
    try {
      boolean version2 = Files.exists(cgroup.resolve(MAX));
      String[] words =
          version2
              ? read(cgroup.resolve(MAX)).split(" ")
              : new String[] {read(cgroup.resolve(QUOTA)), read(cgroup.resolve(PERIOD))};
      long quota = words[0].equals("max") ? -1 : Long.parseLong(words[0]);
      return quota > 0 ? quota / Double.parseDouble(words[1]) : Double.POSITIVE_INFINITY;
    } catch (IOException e) {
      return Double.POSITIVE_INFINITY; // a root has no limit
    }
  }

  /** Processes, each of one thread, that are in this cgroup itself. */
  List<Long> processes() throws IOException {
    // In a threaded tree the list of processes is of all the tree.
    return Files.readAllLines(folder.resolve(isVersion2() ? "cgroup.threads" : PROCESSES)).stream()
        .map(Long::parseLong)
        .toList();
  }

  void take(long process) throws IOException {
    write(PROCESSES, Long.toString(process));
  }

  /** Removes a container's, where nobody is left in it. */
  boolean remove() {
    return !Files.exists(folder) || folder.toFile().delete(); // rmdir(2): its files don't count
  }

  private void write(String file, String value) throws IOException {
    Files.writeString(folder.resolve(file), value, WRITE);
  }

  private static String read(Path file) throws IOException {
    return Files.readString(file, StandardCharsets.US_ASCII).strip();
  }
}
