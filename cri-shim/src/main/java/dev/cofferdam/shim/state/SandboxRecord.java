package dev.cofferdam.shim.state;

import dev.cofferdam.cri.v1.PodSandboxConfig;
import dev.cofferdam.sandbox.SandboxSpec;
import java.util.List;

/**
 * A pod sandbox as it stands on disk. Immutable.
 *
 * @param version of this format, see {@link #VERSION}
 * @param handler the runtime handler that was asked for
 * @param backend whose sandbox it is; its variant is in {@code spec}
 * @param config as kubelet gave it
 * @param spec as the backend got it, and gets it again after a restart
 * @param createdAtNanos since the epoch
 * @param bootId of the kernel it was made under; under another nothing of it can be running
 * @param ips the pod's addresses, the primary one first; empty before the network is attached
 * @param networkResult what the last network plugin printed; blank before
 * @param note why it is not ready, for people; blank while it is
 */
public record SandboxRecord(
    int version,
    String id,
    String handler,
    String backend,
    PodSandboxConfig config,
    SandboxSpec spec,
    Phase phase,
    long createdAtNanos,
    String bootId,
    List<String> ips,
    String networkResult,
    String note) {

  /** The version that this shim writes; it reads the one before and the one after as well. */
  public static final int VERSION = 1;

  /** How far a sandbox is in its life. */
  public enum Phase {
    /** Being made; nobody knows its ID yet, so a crash undoes it. */
    CREATING,
    /** Running. */
    READY,
    /** Over, but for what StopPodSandbox gives back: network, cgroup. */
    ENDED,
    /** Making it failed, and so did undoing it: Stop, Remove and the sweep go on with that. */
    CLEANUP_PENDING,
    /** Everything is given back but the record. */
    STOPPED
  }

  public SandboxRecord {
    ips = List.copyOf(ips);
  }

  public SandboxRecord withPhase(Phase next, String why) {
    return new SandboxRecord(
        version,
        id,
        handler,
        backend,
        config,
        spec,
        next,
        createdAtNanos,
        bootId,
        ips,
        networkResult,
        why);
  }

  public SandboxRecord withNetwork(List<String> addresses, String result) {
    return new SandboxRecord(
        version,
        id,
        handler,
        backend,
        config,
        spec,
        phase,
        createdAtNanos,
        bootId,
        addresses,
        result,
        note);
  }

  public SandboxRecord withConfig(PodSandboxConfig next) {
    return new SandboxRecord(
        version,
        id,
        handler,
        backend,
        next,
        spec,
        phase,
        createdAtNanos,
        bootId,
        ips,
        networkResult,
        note);
  }
}
