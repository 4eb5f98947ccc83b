package dev.cofferdam.shim.check;

/**
 * What live pods of one variant cost their node beyond their containers.
 *
 * @param pods how many were looked at
 * @param memoryBytes of the most expensive one
 */
public record LiveOverhead(int pods, long memoryBytes) {

  LiveOverhead and(LiveOverhead other) {
    return new LiveOverhead(pods + other.pods, Math.max(memoryBytes, other.memoryBytes));
  }
}
