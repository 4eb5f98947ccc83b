package dev.cofferdam.shim.handler;

import java.util.List;
import java.util.Optional;

/** Where handlers come from: the built-in ones, or policies. Thread-safe. */
public interface HandlerSource {

  /** Answers from memory. */
  boolean owns(String handler);

  /**
   * Chooses among what {@link Proofs} says works here.
   *
   * @throws dev.cofferdam.sandbox.SandboxException NO_BACKEND with the reasons
   */
  Placement place(String handler);

  /** Where a pod would go, as far as it is known without a probe. Answers from memory. */
  Optional<Placement> expected(String handler);

  /** All that it owns now. */
  List<String> names();
}
