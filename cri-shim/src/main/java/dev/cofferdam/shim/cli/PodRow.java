package dev.cofferdam.shim.cli;

/**
 * A pod and its wall.
 *
 * @param ours whether this shim made it, not containerd
 * @param kind blank where there is no wall of ours, or it does not answer
 * @param error why a wall that should be there does not answer; blank where it did
 */
record PodRow(
    String namespace,
    String name,
    String uid,
    String id,
    String handler,
    boolean ready,
    boolean ours,
    String kind,
    String variant,
    String version,
    String kernel,
    long pid,
    String error) {

  /** For people. */
  String wall() {
    if (!ours) {
      return "containerd's";
    }
    return kind.isEmpty() ? "-" : kind + "/" + variant;
  }
}
