package dev.cofferdam.shim.metrics;

import java.io.IOException;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** The shim's own process, under the names that Prometheus' clients share. */
public final class ProcessMetrics implements MetricSource {
  private static final Path PROC = Path.of("/proc/self");
  private static final List<String> AREA = List.of("area");

  private final String version;

  /**
   * @param version of this shim
   */
  public ProcessMetrics(String version) {
    this.version = version;
  }

  @Override
  public void write(Exposition out) {
    out.family("cofferdam_build_info", Exposition.Type.GAUGE, "1, labelled with the version.");
    out.sample(List.of("version"), List.of(version), 1);
    gauge(out, "process_resident_memory_bytes", "Resident memory size in bytes.", kib("VmRSS:"));
    gauge(out, "process_open_fds", "Number of open file descriptors.", openFiles());
    gauge(out, "process_threads", "Number of OS threads.", status("Threads:"));
    out.family(
        "process_start_time_seconds",
        Exposition.Type.GAUGE,
        "Start time of the process since the epoch in seconds.");
    out.sample(
        List.of(),
        List.of(),
        TimeUnit.MILLISECONDS.toSeconds(ManagementFactory.getRuntimeMXBean().getStartTime()));
    jvm(out);
  }

  private static void jvm(Exposition out) {
    Runtime runtime = Runtime.getRuntime();
    out.family("jvm_memory_used_bytes", Exposition.Type.GAUGE, "Memory in use, by area.");
    out.sample(AREA, List.of("heap"), runtime.totalMemory() - runtime.freeMemory());
    out.sample(
        AREA,
        List.of("nonheap"),
        ManagementFactory.getMemoryMXBean().getNonHeapMemoryUsage().getUsed());
    out.sample(
        AREA,
        List.of("direct"),
        ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
            .filter(pool -> pool.getName().equals("direct"))
            .mapToLong(BufferPoolMXBean::getMemoryUsed)
            .sum());
    out.family("jvm_memory_max_bytes", Exposition.Type.GAUGE, "What -Xmx allows.");
    out.sample(AREA, List.of("heap"), runtime.maxMemory());
    out.family("jvm_gc_collections_total", Exposition.Type.COUNTER, "Collections, by collector.");
    ManagementFactory.getGarbageCollectorMXBeans()
        .forEach(gc -> out.sample(List.of("gc"), List.of(gc.getName()), gc.getCollectionCount()));
    out.family("jvm_gc_collection_seconds_total", Exposition.Type.COUNTER, "Time in collections.");
    ManagementFactory.getGarbageCollectorMXBeans()
        .forEach(
            gc ->
                out.seconds(
                    List.of("gc"),
                    List.of(gc.getName()),
                    TimeUnit.MILLISECONDS.toNanos(gc.getCollectionTime())));
  }

  private static void gauge(Exposition out, String name, String help, long value) {
    new Gauge(name, help, () -> value).write(out);
  }

  private static long kib(String key) {
    return status(key) << 10;
  }

  private static long status(String key) {
    try {
      return Files.readAllLines(PROC.resolve("status")).stream()
          .filter(line -> line.startsWith(key))
          .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
          .findFirst()
          .orElse(0);
    } catch (IOException e) {
      return 0;
    }
  }

  private static long openFiles() {
    String[] names = PROC.resolve("fd").toFile().list();
    return names == null ? 0 : names.length;
  }
}
