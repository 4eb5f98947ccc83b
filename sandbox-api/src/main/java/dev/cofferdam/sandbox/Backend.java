package dev.cofferdam.sandbox;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * One way to wall off a pod, such as gVisor. A backend has variants (gVisor's platforms, a
 * microVM's monitors), of which a node may have proved some and not others.
 *
 * <p>Thread-safe. Every call may be repeated after a failure or a restart. Failures are {@link
 * SandboxException}s.
 */
public interface Backend {

  /** The name in handlers, metrics and state on disk, such as {@code gvisor}. */
  String name();

  /** The variants that exist, the preferred one first, such as {@code systrap}. */
  List<String> variants();

  /** What sandboxes of this variant can do. Answers at once and runs nothing. */
  Capabilities capabilities(String variant);

  /**
   * Proves that a sandbox of this variant runs on this node, by running one and taking it down
   * again. A variant that does not work is a result, not an exception; a probe that is not done in
   * time ends what it started and says so.
   */
  ProbeResult probe(String variant, Duration timeout);

  /**
   * The files of which sandboxes are made, such as the monitor's program: when one comes, goes or
   * is replaced, what a probe found before means nothing. They need not be there.
   */
  default List<Path> programs() {
    return List.of();
  }

  /**
   * Starts a sandbox: the wall, with no workload in it. When this fails nothing of it is left,
   * except where undoing failed too: then {@link #purge} finishes it.
   */
  Sandbox create(SandboxSpec spec, Deadline deadline);

  /**
   * As {@link #create(SandboxSpec, Deadline)}, while the pod's network is still being made: its
   * namespace is there, its interfaces may not be yet. A backend that has something to do before it
   * looks at them overrides this and does it meanwhile.
   */
  default Sandbox create(SandboxSpec spec, NetworkInMaking network, Deadline deadline) {
    network.await(deadline);
    return create(spec, deadline);
  }

  /**
   * Finds a sandbox again, after a restart of this process, by what {@link #create} wrote into the
   * spec's directory. Empty when it no longer runs or never came up.
   */
  Optional<Sandbox> find(SandboxSpec spec, Deadline deadline);

  /**
   * Ends whatever is left of a sandbox in any state, without needing it to answer: processes,
   * mounts and files of the backend's own. Does nothing when nothing is left.
   */
  void purge(SandboxSpec spec, Deadline deadline);

  /**
   * Ends what probes left that a process of before was killed in. To be called by the only process
   * that uses the runtime directory. Does nothing where there is nothing; may be repeated.
   */
  default void sweepProbes(Deadline deadline) {}

  /**
   * Ends sandboxes that have left a trace in the runtime directory and of which nobody knows. To be
   * called by the only process that uses that directory; may be repeated.
   *
   * @param known whether there is a sandbox whose ID begins so; asked after the trace was seen, for
   *     whoever makes a sandbox notes it first
   * @return the names of those that were ended
   */
  default List<String> sweepSandboxes(Predicate<String> known, Deadline deadline) {
    return List.of();
  }
}
