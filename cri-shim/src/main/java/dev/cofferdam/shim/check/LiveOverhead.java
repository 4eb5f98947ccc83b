package dev.cofferdam.shim.check;

/**
 * What live pods of one variant cost their node beyond their containers.
 *
 * @param pods how many were looked at
 * @param totalBytes of memory, of all of them
 */
public record LiveOverhead(int pods, long totalBytes) {

  LiveOverhead and(LiveOverhead other) {
    return new LiveOverhead(pods + other.pods, totalBytes + other.totalBytes);
  }

  /** Of one of them, so that what all pods of a node reserve is what they cost. */
  public long meanBytes() {
    return pods == 0 ? 0 : totalBytes / pods;
  }
}
