package dev.cofferdam.chaos;

/** What is killed with SIGKILL. */
enum Target {
  SHIM(8),
  CONTAINERD(3),
  KEEPER(1),
  SENTRY(3),
  GOFER(2),
  RUNSC(3),
  CNI_PLUGIN(3);

  private final int weight;

  Target(int weight) {
    this.weight = weight;
  }

  int weight() {
    return weight;
  }

  /** Whether a pod ends with it, rather than go on as if nothing had been. */
  boolean endsPods() {
    return this == SENTRY || this == GOFER;
  }
}
