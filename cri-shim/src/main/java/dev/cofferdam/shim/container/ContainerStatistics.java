package dev.cofferdam.shim.container;

import dev.cofferdam.cri.v1.ContainerStats;
import dev.cofferdam.cri.v1.CpuUsage;
import dev.cofferdam.cri.v1.FilesystemIdentifier;
import dev.cofferdam.cri.v1.FilesystemUsage;
import dev.cofferdam.cri.v1.MemoryUsage;
import dev.cofferdam.cri.v1.UInt64Value;
import dev.cofferdam.sandbox.Deadline;
import dev.cofferdam.sandbox.Usage;
import dev.cofferdam.shim.host.Images;
import dev.cofferdam.shim.live.Clocks;
import dev.cofferdam.shim.live.ContainerMessages;
import dev.cofferdam.shim.live.PodContainer;
import dev.cofferdam.shim.live.Timeouts;
import dev.cofferdam.shim.state.ContainerRecord;
import dev.cofferdam.shim.state.ContainerRecord.Phase;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/**
 * What containers use, asked of their backends at once and with a deadline. One that does not
 * answer is left with what it said last.
 */
public final class ContainerStatistics {
  /**
   * A sentry counts CPU time in ticks of 10 ms, and a container that sleeps may have used none.
   * metrics-server takes 0 for no number, and leaves out the whole pod.
   */
  private static final long LEAST_CPU_NANOS = 1_000;

  private final Images images;
  private final Timeouts timeouts;
  private final ConcurrentMap<String, Sample> samples = new ConcurrentHashMap<>();

  /** The newest usage, with the rate since the one before. */
  private record Sample(Usage usage, long nanoCores) {}

  public ContainerStatistics(Images images, Timeouts timeouts) {
    this.images = images;
    this.timeouts = timeouts;
  }

  /** Statistics of each, in the same order; nothing of those that never ran. */
  public List<ContainerStats> of(Collection<PodContainer> containers) {
    Deadline deadline = Deadline.after(timeouts.usage());
    List<Thread> asking = new ArrayList<>();
    for (PodContainer container : containers) {
      asking.add(Thread.ofVirtual().name("usage").start(() -> ask(container, deadline)));
    }
    asking.forEach(thread -> join(thread, deadline));
    samples.keySet().removeIf(id -> containersGone(id, containers));
    return containers.stream().map(this::message).toList();
  }

  // Only a full list tells that a container is gone.
  private static boolean containersGone(String id, Collection<PodContainer> containers) {
    return containers.size() > 1 && containers.stream().noneMatch(each -> each.id().equals(id));
  }

  private static void join(Thread thread, Deadline deadline) {
    try {
      boolean _ = thread.join(deadline.remaining());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void ask(PodContainer container, Deadline deadline) {
    if (container.record().phase() != Phase.RUNNING || container.handle().isEmpty()) {
      return;
    }
    try {
      Usage now = container.handle().get().usage(deadline);
      samples.compute(
          container.id(),
          (id, before) -> new Sample(now, before == null ? 0 : rate(before.usage, now)));
    } catch (RuntimeException unknown) {
      // A container that is on its way out has no usage; the last sample stands.
    }
  }

  private static long rate(Usage before, Usage now) {
    long elapsed = Clocks.nanos(now.at()) - Clocks.nanos(before.at());
    long used = now.cpuNanos() - before.cpuNanos();
    return elapsed <= 0 || used < 0 ? 0 : Math.round(used * 1e9 / elapsed);
  }

  private ContainerStats message(PodContainer container) {
    ContainerRecord record = container.record();
    ContainerStats.Builder stats =
        ContainerStats.newBuilder().setAttributes(ContainerMessages.attributes(record));
    Sample sample = samples.get(record.id());
    if (sample != null && record.phase() == Phase.RUNNING) {
      stats.setCpu(cpu(sample.usage, sample.nanoCores)).setMemory(memory(sample.usage));
    }
    writableLayer(record.id()).ifPresent(stats::setWritableLayer);
    return stats.build();
  }

  private Optional<FilesystemUsage> writableLayer(String id) {
    return images
        .usageOf(id)
        .map(
            disk ->
                FilesystemUsage.newBuilder()
                    .setTimestamp(Clocks.nanos())
                    .setFsId(FilesystemIdentifier.newBuilder().setMountpoint(disk.mountPoint()))
                    .setUsedBytes(UInt64Value.newBuilder().setValue(disk.bytes()))
                    .setInodesUsed(UInt64Value.newBuilder().setValue(disk.inodes()))
                    .build());
  }

  /** CPU time in CRI's words. */
  public static CpuUsage cpu(Usage usage, long nanoCores) {
    return CpuUsage.newBuilder()
        .setTimestamp(Clocks.nanos(usage.at()))
        .setUsageCoreNanoSeconds(value(Math.max(usage.cpuNanos(), LEAST_CPU_NANOS)))
        .setUsageNanoCores(UInt64Value.newBuilder().setValue(nanoCores))
        .build();
  }

  /** Memory in CRI's words. */
  public static MemoryUsage memory(Usage usage) {
    return MemoryUsage.newBuilder()
        .setTimestamp(Clocks.nanos(usage.at()))
        .setWorkingSetBytes(value(usage.memoryBytes()))
        .setUsageBytes(value(usage.memoryWithCacheBytes()))
        .setRssBytes(value(usage.anonymousMemoryBytes()))
        .build();
  }

  private static UInt64Value value(long number) {
    return UInt64Value.newBuilder().setValue(number).build();
  }
}
