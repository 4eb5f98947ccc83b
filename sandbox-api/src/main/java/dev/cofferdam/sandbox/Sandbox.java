package dev.cofferdam.sandbox;

import java.nio.channels.ByteChannel;
import java.util.Optional;

/** A running sandbox. Thread-safe; every call may be repeated. */
public interface Sandbox {

  String id();

  /** The host process whose end is the sandbox's end: the sentry or the monitor. */
  long pid();

  /**
   * Waits until the sandbox as a whole has ended, for whatever reason.
   *
   * @return why, in a sentence; blank when it was stopped through {@link #stop}
   */
  String awaitEnd() throws InterruptedException;

  /** Makes a container whose process does not run yet. Undone completely when it fails. */
  Container createContainer(ContainerSpec spec, Deadline deadline);

  /** Finds a container again after a restart, by the spec that it was made from. */
  Optional<Container> findContainer(ContainerSpec spec, Deadline deadline);

  /**
   * Asks which wall this is. An answer proves that the wall is there and alive.
   *
   * @throws SandboxException when it does not answer
   */
  Wall wall(Deadline deadline);

  /** What the sentry or the guest itself uses, containers included. */
  Usage usage(Deadline deadline);

  /** Connects to a TCP port that listens on the pod's loopback interface, as seen from inside. */
  ByteChannel connect(int port, Deadline deadline);

  /** Ends all processes and the wall itself. */
  void stop(Deadline deadline);

  /** Removes what a stopped sandbox leaves on the host. */
  void delete(Deadline deadline);
}
