package dev.cofferdam.policy;

/**
 * One way in which a node can run a sandbox, such as {@code gvisor/systrap}; the names are those of
 * the backends.
 */
public record Variant(String backend, String name) {
  @Override
  public String toString() {
    return backend + "/" + name;
  }
}
