package dev.cofferdam.shim.front;

import java.time.Duration;

/**
 * How the front serves.
 *
 * @param maxMessageBytes the largest request or response, as kubelet and containerd have it: over
 *     it RESOURCE_EXHAUSTED
 * @param maxBytesInFlight what all calls together may hold of messages that are on their way; a
 *     call that would exceed it is refused with RESOURCE_EXHAUSTED
 * @param maxOwnCalls calls about our pods that may run at once; over it RESOURCE_EXHAUSTED
 * @param connectTimeout how long a call waits for containerd's socket to become a connection
 * @param closeTimeout how long running calls are given on {@link CriServer#close}
 */
public record FrontSettings(
    int maxMessageBytes,
    long maxBytesInFlight,
    int maxOwnCalls,
    Duration connectTimeout,
    Duration closeTimeout) {

  /** 16 MiB messages, 48 MiB in flight, 512 own calls, 2 s to connect, 5 s to close. */
  public static FrontSettings defaults() {
    return new FrontSettings(
        16 << 20, 48L << 20, 512, Duration.ofSeconds(2), Duration.ofSeconds(5));
  }
}
