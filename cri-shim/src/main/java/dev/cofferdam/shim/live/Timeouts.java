package dev.cofferdam.shim.live;

import java.time.Duration;

/**
 * How long each kind of act may take before it is given up.
 *
 * @param create of a sandbox or a container, by the backend
 * @param network one ADD or DEL of the whole chain of plugins
 * @param release of one thing that a pod held
 * @param turn waiting for another act on the same pod
 * @param kill from the signal to the end of the process
 * @param usage asking a backend what a container uses
 * @param adopt finding one sandbox or container again after a start
 */
public record Timeouts(
    Duration create,
    Duration network,
    Duration release,
    Duration turn,
    Duration kill,
    Duration usage,
    Duration adopt) {

  /** What holds on a loaded node. */
  public static Timeouts defaults() {
    return new Timeouts(
        Duration.ofSeconds(90),
        Duration.ofSeconds(60),
        Duration.ofSeconds(20),
        Duration.ofSeconds(100),
        Duration.ofSeconds(20),
        Duration.ofSeconds(3),
        Duration.ofSeconds(20));
  }
}
