package dev.cofferdam.sandbox;

/**
 * Limits of a container or a pod. Zero means: not limited.
 *
 * @param cpuShares relative weight, as cgroup v1 counts it (1024 is one CPU's)
 * @param cpuQuotaMicros CPU time allowed in each period
 * @param cpuPeriodMicros length of a period
 * @param memoryBytes most memory
 * @param memorySwapBytes most memory and swap together
 * @param pids most processes and threads
 * @param cpus CPUs it may run on, as {@code 0-1,4}; blank: all
 * @param memoryNodes NUMA nodes it may use, in the same form; blank: all
 */
public record Resources(
    long cpuShares,
    long cpuQuotaMicros,
    long cpuPeriodMicros,
    long memoryBytes,
    long memorySwapBytes,
    long pids,
    String cpus,
    String memoryNodes) {

  public static final Resources UNLIMITED = new Resources(0, 0, 0, 0, 0, 0, "", "");
}
