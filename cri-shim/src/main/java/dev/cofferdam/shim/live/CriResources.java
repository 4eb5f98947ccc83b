package dev.cofferdam.shim.live;

import dev.cofferdam.cri.v1.LinuxContainerResources;
import dev.cofferdam.sandbox.Resources;

/** CRI's limits as ours. */
public final class CriResources {
  // The kernel's own bounds, see sched-bwc.rst and cgroup-v1/cpu.
  private static final long LEAST_PERIOD = 1_000;
  private static final long MOST_PERIOD = 1_000_000;

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
    return new Resources(
        limits.getCpuShares(),
        Math.max(0, limits.getCpuQuota()),
        limits.getCpuPeriod(),
        limits.getMemoryLimitInBytes(),
        Math.max(0, limits.getMemorySwapLimitInBytes()),
        0,
        limits.getCpusetCpus(),
        limits.getCpusetMems());
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
