package dev.cofferdam.shim.cadvisor;

import dev.cofferdam.cri.v1.ContainerStats;
import dev.cofferdam.cri.v1.FilesystemUsage;
import dev.cofferdam.cri.v1.LinuxContainerResources;
import dev.cofferdam.cri.v1.MemoryUsage;
import dev.cofferdam.cri.v1.UInt64Value;
import dev.cofferdam.shim.cadvisor.PodSamples.ContainerSamples;
import dev.cofferdam.shim.live.Clocks;
import dev.cofferdam.shim.state.ContainerRecord;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** From what CRI's statistics say of a container to cAdvisor's numbers. */
final class ContainerNumbers {
  /** Where the container sees its root; containerd says so too. */
  private static final String DEVICE = "/";

  private static final String KILLED = "OOMKilled";

  private ContainerNumbers() {}

  static ContainerSamples of(ContainerRecord record, ContainerStats stats) {
    List<Sample> samples = new ArrayList<>();
    samples.add(Sample.of(Family.LAST_SEEN, Clocks.nanos()));
    samples.add(Sample.of(Family.START_TIME, record.startedAtNanos()));
    samples.add(Sample.of(Family.OOM_EVENTS, record.reason().equals(KILLED) ? 1 : 0));
    if (stats.hasCpu() && stats.getCpu().hasUsageCoreNanoSeconds()) {
      samples.add(Sample.of(Family.CPU_USAGE, stats.getCpu().getUsageCoreNanoSeconds().getValue()));
    }
    if (stats.hasMemory()) {
      memory(stats.getMemory(), samples);
    }
    if (stats.hasSwap()) {
      add(Family.MEMORY_SWAP, stats.getSwap().getSwapUsageBytes(), samples);
    }
    if (stats.hasWritableLayer()) {
      disk(stats.getWritableLayer(), samples);
    }
    limits(record.resources(), samples);
    String image = record.config().getImage().getUserSpecifiedImage();
    return new ContainerSamples(
        record.id(),
        record.config().getMetadata().getName(),
        image.isEmpty() ? record.image().name() : image,
        samples);
  }

  private static void memory(MemoryUsage memory, List<Sample> samples) {
    add(Family.MEMORY_USAGE, memory.getUsageBytes(), samples);
    add(Family.MEMORY_WORKING_SET, memory.getWorkingSetBytes(), samples);
    add(Family.MEMORY_RSS, memory.getRssBytes(), samples);
    if (memory.hasPageFaults()) {
      add(Family.MEMORY_FAILURES, memory.getPageFaults(), samples, "pgfault", "container");
    }
    if (memory.hasMajorPageFaults()) {
      add(Family.MEMORY_FAILURES, memory.getMajorPageFaults(), samples, "pgmajfault", "container");
    }
  }

  private static void disk(FilesystemUsage layer, List<Sample> samples) {
    add(Family.FS_USAGE, layer.getUsedBytes(), samples, DEVICE);
    add(Family.FS_INODES, layer.getInodesUsed(), samples, DEVICE);
    try {
      long total = Files.getFileStore(Path.of(layer.getFsId().getMountpoint())).getTotalSpace();
      samples.add(Sample.of(Family.FS_LIMIT, total, DEVICE));
    } catch (IOException | RuntimeException unknown) {
      // How large the disk is can be told another time.
    }
  }

  private static void limits(LinuxContainerResources limits, List<Sample> samples) {
    addSet(Family.SPEC_CPU_PERIOD, limits.getCpuPeriod(), samples);
    addSet(Family.SPEC_CPU_QUOTA, limits.getCpuQuota(), samples);
    addSet(Family.SPEC_CPU_SHARES, limits.getCpuShares(), samples);
    addSet(Family.SPEC_MEMORY_LIMIT, limits.getMemoryLimitInBytes(), samples);
    addSet(Family.SPEC_MEMORY_SWAP_LIMIT, limits.getMemorySwapLimitInBytes(), samples);
  }

  /** In CRI, 0 is a limit that was not set, and below it is none. */
  private static void addSet(Family family, long limit, List<Sample> samples) {
    if (limit > 0) {
      samples.add(Sample.of(family, limit));
    }
  }

  private static void add(Family family, UInt64Value value, List<Sample> samples, String... more) {
    samples.add(Sample.of(family, value.getValue(), more));
  }
}
