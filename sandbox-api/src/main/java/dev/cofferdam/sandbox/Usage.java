package dev.cofferdam.sandbox;

import java.time.Instant;

/**
 * What was used by a point in time.
 *
 * @param cpuNanos CPU time since the start
 * @param memoryBytes memory in use
 * @param pids processes and threads
 */
public record Usage(Instant at, long cpuNanos, long memoryBytes, long pids) {}
