package dev.cofferdam.shim.live;

import dev.cofferdam.cri.v1.LinuxContainerResources;
import dev.cofferdam.sandbox.Resources;
import java.util.regex.Pattern;

/** CRI's limits as ours. */
public final class CriResources {
  // The kernel's own bounds, see sched-bwc.rst and cgroup-v1/cpu.
  private static final long LEAST_PERIOD = 1_000;
  private static final long MOST_PERIOD = 1_000_000;
  private static final long MOST_OOM_SCORE = 1_000;

  // cpuset(7), "List format".
  private static final Pattern CPU_LIST =
      Pattern.compile(
          "\\d{1,6}(-\\d{1,6}(:\\d{1,6}/\\d{1,6})?)?(,\\d{1,6}(-\\d{1,6}(:\\d{1,6}/\\d{1,6})?)?)*");
  private static final Pattern CGROUP_FILE = Pattern.compile("[a-z0-9_]+(\\.[A-Za-z0-9_]+)*");

  private static final String PIDS = "pids.max";

  private CriResources() {}

  /**
   * Checks and translates.
   *
   * @param field where they stand in the request, for messages
   * @throws dev.cofferdam.sandbox.SandboxException INVALID_ARGUMENT naming the field
   */
  public static Resources of(LinuxContainerResources limits, String field) {
    Invalid.requireRange(field + ".cpu_shares", limits.getCpuShares(), 0, 1 << 18);
    if (limits.getCpuPeriod() != 0) {
      Invalid.requireRange(field + ".cpu_period", limits.getCpuPeriod(), LEAST_PERIOD, MOST_PERIOD);
    }
    Invalid.requireRange(field + ".cpu_quota", limits.getCpuQuota(), -1, Long.MAX_VALUE);
    Invalid.requireRange(
        field + ".memory_limit_in_bytes", limits.getMemoryLimitInBytes(), 0, Long.MAX_VALUE);
    Invalid.requireRange(
        field + ".memory_swap_limit_in_bytes",
        limits.getMemorySwapLimitInBytes(),
        -1,
        Long.MAX_VALUE);
    Invalid.requireRange(
        field + ".oom_score_adj", limits.getOomScoreAdj(), -MOST_OOM_SCORE, MOST_OOM_SCORE);
    requireCpuList(field + ".cpuset_cpus", limits.getCpusetCpus());
    requireCpuList(field + ".cpuset_mems", limits.getCpusetMems());
    for (String file : limits.getUnifiedMap().keySet()) {
      // They name files of the cgroup's folder.
      if (!CGROUP_FILE.matcher(file).matches()) {
        throw Invalid.argument(field + ".unified", "\"" + file + "\" is no file of a cgroup");
      }
    }
    return new Resources(
        limits.getCpuShares(),
        Math.max(0, limits.getCpuQuota()),
        limits.getCpuPeriod(),
        limits.getMemoryLimitInBytes(),
        Math.max(0, limits.getMemorySwapLimitInBytes()),
        pids(limits, field),
        limits.getCpusetCpus(),
        limits.getCpusetMems());
  }

  private static void requireCpuList(String field, String list) {
    if (!list.isEmpty() && !CPU_LIST.matcher(list).matches()) {
      throw Invalid.argument(field, "it is no list such as \"0-3,7\"");
    }
  }

  /** CRI has no field for it; cgroup v2's own name among the rest is how kubelet could say it. */
  private static long pids(LinuxContainerResources limits, String field) {
    String text = limits.getUnifiedOrDefault(PIDS, "max");
    if (text.equals("max")) {
      return 0;
    }
    if (!text.matches("[0-9]{1,9}")) {
      throw Invalid.argument(field + ".unified[" + PIDS + "]", "\"" + text + "\" is no number");
    }
    return Math.max(1, Long.parseLong(text));
  }

  /** The limits that stay when some of them change: zero and blank mean unchanged. */
  public static LinuxContainerResources merged(
      LinuxContainerResources now, LinuxContainerResources change) {
    LinuxContainerResources.Builder merged = now.toBuilder();
    // Fields at their default are not set in proto3, so this leaves them; repeated ones are
    // replaced.
    if (change.getHugepageLimitsCount() > 0) {
      merged.clearHugepageLimits();
    }
    return merged.mergeFrom(change).build();
  }
}
