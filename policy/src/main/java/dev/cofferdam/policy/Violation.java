package dev.cofferdam.policy;

/**
 * What is wrong with a policy.
 *
 * @param field the way to it, such as {@code spec.backends[0].type}
 */
public record Violation(String field, String problem) {
  @Override
  public String toString() {
    return field + ": " + problem;
  }
}
