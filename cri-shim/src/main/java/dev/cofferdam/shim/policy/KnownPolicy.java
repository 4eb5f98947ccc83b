package dev.cofferdam.shim.policy;

import dev.cofferdam.policy.SandboxPolicySpec;

/** A policy that this node has heard of. */
sealed interface KnownPolicy {

  /** Where it came from, for messages. */
  String origin();

  /** Of the object as the API server has it; 0 for a file. */
  long generation();

  /** It can be acted on. */
  record Accepted(SandboxPolicySpec spec, String origin, long generation) implements KnownPolicy {}

  /**
   * It cannot be understood, as when it has a field that this shim is too old to know. An earlier
   * version is not used in its stead: the edit may have asked for a stronger wall.
   */
  record Refused(String reason, String origin, long generation) implements KnownPolicy {}
}
