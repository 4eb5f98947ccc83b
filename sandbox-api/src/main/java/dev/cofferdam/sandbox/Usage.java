package dev.cofferdam.sandbox;

import java.time.Instant;

/**
 * What was used by a point in time.
 *
 * @param cpuNanos CPU time since the start
 * @param memoryBytes memory in use, without file cache that the kernel could take back at once
 * @param memoryWithCacheBytes memory in use, file cache included
 * @param anonymousMemoryBytes memory that backs no file of the disk
 * @param pids processes and threads
 */
public record Usage(
    Instant at,
    long cpuNanos,
    long memoryBytes,
    long memoryWithCacheBytes,
    long anonymousMemoryBytes,
    long pids) {

  /** Where only one sum of memory is told. */
  public Usage(Instant at, long cpuNanos, long memoryBytes, long pids) {
    this(at, cpuNanos, memoryBytes, memoryBytes, memoryBytes, pids);
  }
}
