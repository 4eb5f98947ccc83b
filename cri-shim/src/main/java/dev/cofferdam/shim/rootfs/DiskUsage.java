package dev.cofferdam.shim.rootfs;

import java.time.Instant;

/**
 * Disk space at a point in time.
 *
 * @param inodes files and folders
 */
public record DiskUsage(Instant at, long bytes, long inodes) {}
