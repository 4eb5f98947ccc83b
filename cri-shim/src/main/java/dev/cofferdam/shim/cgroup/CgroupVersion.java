package dev.cofferdam.shim.cgroup;

import dev.cofferdam.sandbox.Deadline;
import dev.cofferdam.sandbox.Resources;
import dev.cofferdam.sandbox.Usage;
import java.util.Set;

/** What differs between the kernel's two cgroup interfaces. Paths are checked already. */
sealed interface CgroupVersion permits CgroupV1, CgroupV2 {
  void create(String path);

  void apply(String path, Resources resources);

  Usage usage(String path);

  /** What the kernel itself needs for its processes; 0 where it does not tell. */
  long kernelMemoryBytes(String path);

  /** IDs of the processes in it and below. */
  Set<Long> processes(String path);

  /** Processes killed in it for want of memory, since it was made. */
  long oomKills(String path);

  /** Paths of the cgroups that have this in their name. */
  Set<String> find(String part);

  void delete(String path, Deadline deadline);

  /** Removes it if nothing is in it, and says nothing if it can't. */
  void deleteIfEmpty(String path);
}
