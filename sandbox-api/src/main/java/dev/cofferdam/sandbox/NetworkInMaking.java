package dev.cofferdam.sandbox;

/** A pod's network that somebody is at work on. Thread-safe. */
@FunctionalInterface
public interface NetworkInMaking {

  /**
   * Waits until the namespace has all its interfaces and addresses.
   *
   * @throws SandboxException there will be none: why; or DEADLINE_EXCEEDED
   */
  void await(Deadline deadline);
}
