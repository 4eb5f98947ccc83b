package dev.cofferdam.shim.front;

import java.util.Map;
import java.util.Optional;

/**
 * Whose is it: what the front asks before it routes a call. Thread-safe, and answers from memory,
 * for it is asked on the event loop.
 *
 * <p>The IDs must be known before {@link CriServer#start}, even while {@link #ready} is still
 * false: an ID that nobody claims goes to containerd, whose answer ("no such pod", or success for a
 * stop) kubelet would believe.
 */
public interface Ownership {

  /**
   * Whether every sandbox and container of ours has been found again after a start. While it is
   * false, calls about ours and merged calls answer UNAVAILABLE; the pass-through goes on.
   */
  boolean ready();

  /** What a caller is told while it is not {@link #ready}. */
  default String notReadyReason() {
    return "the shim has just started and is still finding its pods; try again";
  }

  /** Whether a runtime handler, as in RunPodSandbox, is one of ours. */
  boolean ownsHandler(String handler);

  /**
   * The full ID of our sandbox with this ID or unambiguous prefix of it.
   *
   * @throws dev.cofferdam.sandbox.SandboxException INVALID_ARGUMENT for a prefix of several
   */
  Optional<String> sandboxId(String idOrPrefix);

  /**
   * The full ID of our container with this ID or unambiguous prefix of it.
   *
   * @throws dev.cofferdam.sandbox.SandboxException INVALID_ARGUMENT for a prefix of several
   */
  Optional<String> containerId(String idOrPrefix);

  /**
   * What the log should say of a sandbox or container of ours beside its ID, such as the pod's
   * name.
   */
  default Map<String, String> describe(String id) {
    return Map.of();
  }

  /**
   * A call that was ours is over.
   *
   * @param subject the ID that it was about, or something else; blank for lists
   * @param outcome code, time and, where it failed, why
   */
  default void answered(String rpc, String subject, String outcome) {}

  /** Owns nothing, and is ready: a shim without any backend. */
  static Ownership none() {
    return NoOwnership.INSTANCE;
  }
}
