package dev.cofferdam.policy;

import java.util.List;
import java.util.stream.Collectors;

/** A document is not a valid SandboxPolicy. The message names every field that is wrong. */
public final class InvalidPolicyException extends Exception {
  private static final long serialVersionUID = 1L;

  private final transient List<Violation> violations;

  public InvalidPolicyException(List<Violation> violations) {
    super(violations.stream().map(Violation::toString).collect(Collectors.joining("; ")));
    this.violations = List.copyOf(violations);
  }

  public List<Violation> violations() {
    return violations;
  }
}
