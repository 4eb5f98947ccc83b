package dev.cofferdam.shim.stream;

import java.net.InetAddress;
import java.time.Duration;

/**
 * What the streaming server may be told.
 *
 * @param address to listen on; kubelet is on the same node, so loopback does
 * @param port zero for any free one
 * @param tokenLife how long a URL can be used after it was given out
 * @param outstandingTokens URLs given out and not used, at most
 * @param connections with a session at once, at most
 * @param handshakes connections without a session yet, at most; over it the oldest is closed
 * @param handshakeTimeout for the HTTP request and its upgrade
 * @param streamCreationTimeout for the client to open the streams of a session
 * @param idleTimeout of a connection on which nothing moves, pings included
 * @param outputQuiet how long a process's output may say nothing after the process ended, before
 *     what holds it open (a child left behind) is no longer waited for
 * @param drainTimeout how long a closing server lets its sessions end by themselves
 * @param bufferBytes received on one connection and not yet taken, at most (within one read)
 * @param messageBytes of one WebSocket frame, at most
 * @param streams of one SPDY connection at once, at most
 */
public record StreamSettings(
    InetAddress address,
    int port,
    Duration tokenLife,
    int outstandingTokens,
    int connections,
    int handshakes,
    Duration handshakeTimeout,
    Duration streamCreationTimeout,
    Duration idleTimeout,
    Duration outputQuiet,
    Duration drainTimeout,
    int bufferBytes,
    int messageBytes,
    int streams) {

  /** Kubernetes' own values where it has one (k8s.io/cri-streaming, DefaultConfig). */
  public static StreamSettings defaults() {
    return new StreamSettings(
        InetAddress.getLoopbackAddress(),
        0,
        Duration.ofMinutes(1),
        1000,
        2000,
        1000,
        Duration.ofSeconds(10),
        Duration.ofSeconds(30),
        Duration.ofHours(4),
        Duration.ofSeconds(2),
        Duration.ofSeconds(5),
        256 * 1024,
        1024 * 1024,
        2000);
  }
}
