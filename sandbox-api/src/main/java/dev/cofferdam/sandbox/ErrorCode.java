package dev.cofferdam.sandbox;

/**
 * What went wrong, as something that can be counted. The shim maps each code, in one place, to a
 * gRPC status, a metric label and an Event reason.
 */
public enum ErrorCode {
  /** The request itself is wrong; repeating it will not help. */
  INVALID_ARGUMENT,
  /** What was named does not exist (any more). */
  NOT_FOUND,
  /** What was to be made is there already, and differs. */
  ALREADY_EXISTS,
  /** Not possible in the state the object is in. */
  WRONG_STATE,
  /** This backend cannot do it; {@link Capabilities} says so beforehand. */
  UNSUPPORTED,
  /** No backend that the policy allows was proved on this node. */
  NO_BACKEND,
  /** A program that the node needs is missing or cannot be run. */
  PROGRAM_MISSING,
  /** A program that we ran (runsc, a monitor, a CNI plugin) failed. */
  PROGRAM_FAILED,
  /** A step did not finish before its deadline. */
  DEADLINE_EXCEEDED,
  /** Disk, memory, addresses or another resource ran out. */
  RESOURCE_EXHAUSTED,
  /** A neighbour that we need (containerd, the keeper) is away; repeat later. */
  UNAVAILABLE,
  /** State on disk cannot be read. */
  CORRUPT_STATE,
  /** None of the above: a defect of ours. */
  INTERNAL
}
