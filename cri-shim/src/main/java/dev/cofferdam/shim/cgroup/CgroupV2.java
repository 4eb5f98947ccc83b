package dev.cofferdam.shim.cgroup;

import static dev.cofferdam.shim.cgroup.CgroupFiles.field;
import static dev.cofferdam.shim.cgroup.CgroupFiles.number;
import static dev.cofferdam.shim.cgroup.CgroupFiles.read;
import static dev.cofferdam.shim.cgroup.CgroupFiles.write;

import dev.cofferdam.sandbox.Deadline;
import dev.cofferdam.sandbox.Resources;
import dev.cofferdam.sandbox.SandboxException;
import dev.cofferdam.sandbox.Usage;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Set;

/** One hierarchy for all controllers. */
final class CgroupV2 implements CgroupVersion {
  private static final List<String> CONTROLLERS = List.of("cpu", "cpuset", "io", "memory", "pids");
  private static final long DEFAULT_PERIOD_MICROS = 100_000;

  private final Hierarchy hierarchy;

  CgroupV2(Path root) {
    hierarchy = new Hierarchy(root);
  }

  /** Whether {@code root} is of version 2. */
  static boolean presentAt(Path root) {
    return Files.exists(root.resolve("cgroup.controllers"));
  }

  @Override
  public void create(String path) {
    Path parent = hierarchy.root();
    for (Path step : hierarchy.steps(path)) {
      delegate(parent);
      Hierarchy.make(step);
      parent = step;
    }
  }

  /** Passes on to children what a cgroup has itself. */
  private static void delegate(Path folder) {
    List<String> available = List.of(read(folder.resolve("cgroup.controllers")).split(" "));
    Path control = folder.resolve("cgroup.subtree_control");
    List<String> passed = List.of(read(control).split(" "));
    for (String controller : CONTROLLERS) {
      if (available.contains(controller) && !passed.contains(controller)) {
        try {
          write(control, "+" + controller);
        } catch (SandboxException e) {
          // Refused, for instance, where processes are: applying a limit then fails, and says
          // which.
        }
      }
    }
  }

  @Override
  public void apply(String path, Resources limits) {
    Path folder = hierarchy.folder(path);
    if (limits.cpuShares() > 0) {
      write(folder.resolve("cpu.weight"), String.valueOf(weight(limits.cpuShares())));
    }
    if (limits.cpuQuotaMicros() != 0 || limits.cpuPeriodMicros() > 0) {
      write(folder.resolve("cpu.max"), cpuMax(limits));
    }
    if (limits.memoryBytes() > 0) {
      write(folder.resolve("memory.max"), String.valueOf(limits.memoryBytes()));
    }
    if (limits.memorySwapBytes() > 0 && Files.exists(folder.resolve("memory.swap.max"))) {
      write(
          folder.resolve("memory.swap.max"),
          String.valueOf(Math.max(0, limits.memorySwapBytes() - limits.memoryBytes())));
    }
    if (limits.pids() != 0) {
      write(folder.resolve("pids.max"), limits.pids() > 0 ? String.valueOf(limits.pids()) : "max");
    }
    if (!limits.cpus().isBlank()) {
      write(folder.resolve("cpuset.cpus"), limits.cpus());
    }
    if (!limits.memoryNodes().isBlank()) {
      write(folder.resolve("cpuset.mems"), limits.memoryNodes());
    }
  }

  /** From 2…262144 to 1…10000, as runc and kubelet convert (KEP-2254). */
  static long weight(long shares) {
    long bounded = Math.clamp(shares, 2, 262_144);
    return 1 + (bounded - 2) * 9_999 / 262_142;
  }

  private static String cpuMax(Resources limits) {
    String quota = limits.cpuQuotaMicros() > 0 ? String.valueOf(limits.cpuQuotaMicros()) : "max";
    long period = limits.cpuPeriodMicros() > 0 ? limits.cpuPeriodMicros() : DEFAULT_PERIOD_MICROS;
    return quota + " " + period;
  }

  @Override
  public Usage usage(String path) {
    Path folder = hierarchy.folder(path);
    long used = number(folder.resolve("memory.current"));
    Path stat = folder.resolve("memory.stat");
    long cache = field(stat, "inactive_file");
    // What runs behind the wall is shared memory to the host: the sentry's memfd.
    long anonymous = field(stat, "anon") + field(stat, "shmem");
    return new Usage(
        Instant.now(),
        field(folder.resolve("cpu.stat"), "usage_usec") * 1_000,
        Math.max(0, used - cache),
        used,
        anonymous,
        number(folder.resolve("pids.current")));
  }

  @Override
  public long kernelMemoryBytes(String path) {
    Path stat = hierarchy.folder(path).resolve("memory.stat");
    // "kernel" since Linux 5.18; all but the last could not go at once.
    return Math.max(0, field(stat, "kernel") - field(stat, "slab_reclaimable"));
  }

  @Override
  public Set<Long> processes(String path) {
    return hierarchy.processes(path);
  }

  @Override
  public long oomKills(String path) {
    return field(hierarchy.folder(path).resolve("memory.events"), "oom_kill");
  }

  @Override
  public Set<String> find(String part) {
    return hierarchy.find(part);
  }

  @Override
  public void delete(String path, Deadline deadline) {
    hierarchy.remove(path, deadline);
  }

  @Override
  public void deleteIfEmpty(String path) {
    hierarchy.removeIfEmpty(path);
  }
}
