package dev.cofferdam.sandbox;

import java.util.List;

/**
 * One mount inside a container.
 *
 * @param destination absolute path inside
 * @param source absolute path on the host for {@link Kind#BIND}; else blank
 * @param readOnly whether nothing can be written at the destination
 * @param recursiveReadOnly whether that goes for what the host has mounted below the source too;
 *     else those mounts are as they are on the host
 * @param options for {@link Kind#TMPFS}: {@code size=…}, {@code mode=…}; for {@link Kind#BIND}:
 *     {@code nosuid} and the like
 */
public record MountSpec(
    Kind kind,
    String destination,
    String source,
    boolean readOnly,
    boolean recursiveReadOnly,
    Propagation propagation,
    List<String> options) {

  /** What is mounted. */
  public enum Kind {
    BIND,
    TMPFS
  }

  /** Whether later mounts below this one pass between host and container. */
  public enum Propagation {
    PRIVATE,
    HOST_TO_CONTAINER,
    BIDIRECTIONAL
  }

  public MountSpec {
    options = List.copyOf(options);
  }

  /** A folder or file of the host; read-only with all that is below it. */
  public static MountSpec bind(String source, String destination, boolean readOnly) {
    return new MountSpec(
        Kind.BIND, destination, source, readOnly, readOnly, Propagation.PRIVATE, List.of());
  }
}
