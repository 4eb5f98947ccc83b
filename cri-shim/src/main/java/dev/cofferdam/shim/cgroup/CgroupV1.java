package dev.cofferdam.shim.cgroup;

import static dev.cofferdam.shim.cgroup.CgroupFiles.field;
import static dev.cofferdam.shim.cgroup.CgroupFiles.number;
import static dev.cofferdam.shim.cgroup.CgroupFiles.read;
import static dev.cofferdam.shim.cgroup.CgroupFiles.write;

import dev.cofferdam.sandbox.Deadline;
import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.Resources;
import dev.cofferdam.sandbox.SandboxException;
import dev.cofferdam.sandbox.Usage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * A hierarchy for each controller, or for several of them. The empty version 2 hierarchy of a
 * hybrid system is left alone.
 */
final class CgroupV1 implements CgroupVersion {
  /** Those in which kubelet makes a pod's cgroup. */
  private static final List<String> CONTROLLERS =
      List.of(
          "cpu",
          "cpuacct",
          "cpuset",
          "memory",
          "pids",
          "blkio",
          "devices",
          "freezer",
          "hugetlb",
          "net_cls",
          "net_prio",
          "perf_event",
          "systemd");

  private final Map<String, Hierarchy> byController;

  CgroupV1(Path root) {
    Map<String, Hierarchy> found = new LinkedHashMap<>();
    for (String controller : CONTROLLERS) {
      Path mounted = root.resolve(controller);
      if (Files.exists(mounted.resolve("cgroup.procs"))) {
        try {
          // cpu and cpuacct are often two links to one hierarchy.
          found.put(controller, new Hierarchy(mounted.toRealPath()));
        } catch (IOException e) {
          throw new SandboxException(
              ErrorCode.INTERNAL, "cannot resolve " + mounted + ": " + e.getMessage(), e);
        }
      }
    }
    byController = Map.copyOf(found);
  }

  /** Whether there is anything of version 1 below {@code root}. */
  boolean present() {
    return !byController.isEmpty();
  }

  private List<Hierarchy> hierarchies() {
    return byController.values().stream().distinct().toList();
  }

  @Override
  public void create(String path) {
    for (Hierarchy hierarchy : hierarchies()) {
      for (Path step : hierarchy.steps(path)) {
        Hierarchy.make(step);
        inherit(step, "cpuset.cpus");
        inherit(step, "cpuset.mems");
      }
    }
  }

  /** A new cpuset is empty, and takes no process until it is filled. */
  private static void inherit(Path folder, String name) {
    Path file = folder.resolve(name);
    Path parent = folder.resolveSibling(name);
    if (Files.exists(file) && Files.exists(parent) && read(file).isEmpty()) {
      String value = read(parent);
      if (!value.isEmpty()) {
        write(file, value);
      }
    }
  }

  @Override
  public void apply(String path, Resources limits) {
    if (limits.cpuShares() > 0) {
      write(file("cpu", path, "cpu.shares"), String.valueOf(limits.cpuShares()));
    }
    if (limits.cpuPeriodMicros() > 0) {
      write(file("cpu", path, "cpu.cfs_period_us"), String.valueOf(limits.cpuPeriodMicros()));
    }
    if (limits.cpuQuotaMicros() != 0) {
      write(
          file("cpu", path, "cpu.cfs_quota_us"),
          String.valueOf(Math.max(-1, limits.cpuQuotaMicros())));
    }
    memory(path, limits);
    if (limits.pids() != 0) {
      write(
          file("pids", path, "pids.max"),
          limits.pids() > 0 ? String.valueOf(limits.pids()) : "max");
    }
    if (!limits.cpus().isBlank()) {
      write(file("cpuset", path, "cpuset.cpus"), limits.cpus());
    }
    if (!limits.memoryNodes().isBlank()) {
      write(file("cpuset", path, "cpuset.mems"), limits.memoryNodes());
    }
  }

  /** The kernel refuses memory over memory + swap at any moment: when growing, swap goes first. */
  private void memory(String path, Resources limits) {
    List<Runnable> writes = new ArrayList<>();
    if (limits.memoryBytes() > 0) {
      Path file = file("memory", path, "memory.limit_in_bytes");
      writes.add(() -> write(file, String.valueOf(limits.memoryBytes())));
    }
    if (limits.memorySwapBytes() > 0) {
      Path file = file("memory", path, "memory.memsw.limit_in_bytes");
      // Without swap accounting there is no such file, and no swap to limit.
      if (Files.exists(file)) {
        boolean grows = number(file) < limits.memorySwapBytes();
        writes.add(
            grows ? 0 : writes.size(), () -> write(file, String.valueOf(limits.memorySwapBytes())));
      }
    }
    writes.forEach(Runnable::run);
  }

  @Override
  public Usage usage(String path) {
    long used = number(file("memory", path, "memory.usage_in_bytes"));
    Path stat = file("memory", path, "memory.stat");
    long cache = field(stat, "total_inactive_file");
    // What runs behind the wall is shared memory to the host: the sentry's memfd.
    long anonymous = field(stat, "total_rss") + field(stat, "total_shmem");
    return new Usage(
        Instant.now(),
        number(file("cpuacct", path, "cpuacct.usage")),
        Math.max(0, used - cache),
        used,
        anonymous,
        number(file("pids", path, "pids.current")));
  }

  @Override
  public long kernelMemoryBytes(String path) {
    Path file = file("memory", path, "memory.kmem.usage_in_bytes");
    return Files.exists(file) ? number(file) : 0; // no such file with cgroup.memory=nokmem
  }

  @Override
  public Set<Long> processes(String path) {
    Hierarchy memory = byController.get("memory");
    return memory == null ? Set.of() : memory.processes(path);
  }

  @Override
  public long oomKills(String path) {
    String name = "memory.oom_control";
    Path own = file("memory", path, "");
    long kills = field(own.resolve(name), "oom_kill");
    // Each cgroup counts for itself, and a backend may have made some in the pod's.
    for (Path folder : Hierarchy.children(own)) {
      kills += field(folder.resolve(name), "oom_kill");
    }
    return kills;
  }

  @Override
  public Set<String> find(String part) {
    return hierarchies().stream()
        .flatMap(hierarchy -> hierarchy.find(part).stream())
        .collect(Collectors.toSet());
  }

  @Override
  public void delete(String path, Deadline deadline) {
    List<SandboxException> failures = new ArrayList<>();
    for (Hierarchy hierarchy : hierarchies()) {
      try {
        hierarchy.remove(path, deadline);
      } catch (SandboxException e) {
        failures.add(e);
      }
    }
    if (!failures.isEmpty()) {
      SandboxException first = failures.getFirst();
      failures.stream().skip(1).forEach(first::addSuppressed);
      throw first;
    }
  }

  @Override
  public void deleteIfEmpty(String path) {
    hierarchies().forEach(hierarchy -> hierarchy.removeIfEmpty(path));
  }

  private Path file(String controller, String path, String name) {
    Hierarchy hierarchy = byController.get(controller);
    if (hierarchy == null) {
      throw new SandboxException(
          ErrorCode.UNSUPPORTED,
          "this node has no cgroup controller " + controller + ", so no " + name);
    }
    return hierarchy.folder(path).resolve(name);
  }
}
