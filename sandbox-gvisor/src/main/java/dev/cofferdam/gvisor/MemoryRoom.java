package dev.cofferdam.gvisor;

/**
 * How close to its pod's memory limit a workload gets before somebody looks: the last part of the
 * limit is kept back, and given in {@link #STEPS} steps. Pure.
 *
 * @param limit the pod's, in bytes
 */
record MemoryRoom(long limit) {
  static final int STEPS = 16;

  /** No limit. */
  static final long ALL = -1;

  private static final long LEAST = 16L << 20;
  private static final long MOST = 48L << 20;

  /**
   * Of the limit: little enough not to be missed, and more than the gofer and the sentry take for a
   * container that starts just then, some 12 MiB.
   */
  private static final int PART = 6;

  /** Whether there is a limit at all, and one in which a sandbox fits. */
  boolean worthwhile() {
    return limit > 3 * LEAST && limit < Long.MAX_VALUE >> 1;
  }

  private long step() {
    return Math.clamp(limit / PART, LEAST, MOST) / STEPS;
  }

  /** How many steps it takes until a pod that uses so much has room for most of another one. */
  int stepsFor(long used) {
    int steps = 0;
    while (steps < STEPS && mark(steps) < used + step() / 2) {
      steps++;
    }
    return steps;
  }

  /** What the whole pod may use after so many steps. */
  private long mark(int steps) {
    return limit - (STEPS - steps) * step();
  }

  /**
   * What the workload may use after so many steps; after all of them the pod's own limit is the
   * only one.
   *
   * @param others what the pod uses beside its workload and can't give back
   */
  long workload(int steps, long others) {
    return steps >= STEPS ? ALL : Math.max(step(), mark(steps) - others);
  }
}
