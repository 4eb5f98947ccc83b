package dev.cofferdam.chaos;

/** What is killed with SIGKILL. */
enum Target {
  SHIM(5),
  CONTAINERD(3),
  KEEPER(3),
  SENTRY(3),
  GOFER(3),
  RUNSC(3),
  CNI_PLUGIN(3),
  MONITOR(3),
  VSOCK(3),
  FILES(3);

  private final int weight;

  Target(int weight) {
    this.weight = weight;
  }

  int weight() {
    return weight;
  }

  /** Whether it is there only while it is at work, some milliseconds long. */
  boolean comesAndGoes() {
    return this == RUNSC || this == CNI_PLUGIN;
  }

  /** Whether a pod ends with it, rather than go on as if nothing had been. */
  boolean endsPods() {
    return switch (this) {
      case SENTRY, GOFER, MONITOR, VSOCK, FILES -> true;
      case SHIM, CONTAINERD, KEEPER, RUNSC, CNI_PLUGIN -> false;
    };
  }
}
