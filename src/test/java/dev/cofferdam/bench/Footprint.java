package dev.cofferdam.bench;

import java.util.EnumMap;
import java.util.Map;
import java.util.Set;

/**
 * What a number of idle pods holds on one side.
 *
 * @param pods how many
 * @param side whose
 * @param processes how many by kind
 * @param pssKib memory by kind, of all of them
 * @param cpuMillis CPU time by kind, of all of them
 * @param seconds the time in which they took it
 */
record Footprint(
    int pods,
    String side,
    Map<ProcessKind, Long> processes,
    Map<ProcessKind, Long> pssKib,
    Map<ProcessKind, Double> cpuMillis,
    double seconds) {

  /**
   * What all of this lab hold while they do nothing.
   *
   * @param idleSeconds how long to look at their CPU time; 0: not at all
   */
  static Footprint now(int pods, String side, long idleSeconds) throws InterruptedException {
    LabProcesses processes = LabProcesses.now();
    Map<ProcessKind, Double> cpuMillis = new EnumMap<>(ProcessKind.class);
    long begun = System.nanoTime();
    if (idleSeconds > 0) {
      Map<ProcessKind, Long> before = processes.cpuNanos();
      Thread.sleep(idleSeconds * 1000);
      processes
          .cpuNanos()
          .forEach(
              (kind, nanos) ->
                  cpuMillis.put(kind, Math.max(0, nanos - before.getOrDefault(kind, 0L)) / 1e6));
    }
    return new Footprint(
        pods,
        side,
        processes.counts(),
        processes.pssKib(),
        cpuMillis,
        Math.max(1e-3, (System.nanoTime() - begun) / 1e9));
  }

  /** As if these were not there. */
  Footprint without(ProcessKind... kinds) {
    return new Footprint(
        pods,
        side,
        others(processes, kinds),
        others(pssKib, kinds),
        others(cpuMillis, kinds),
        seconds);
  }

  private static <V> Map<ProcessKind, V> others(Map<ProcessKind, V> all, ProcessKind... kinds) {
    Map<ProcessKind, V> others = new EnumMap<>(ProcessKind.class);
    others.putAll(all);
    others.keySet().removeAll(Set.of(kinds));
    return others;
  }

  double pssKibPerPod() {
    return sum(pssKib, false) / pods;
  }

  /** With a pod's share of the processes that a node has once. */
  double pssKibPerPodWithOwn() {
    return sum(pssKib, true) / pods;
  }

  /** Scaled to 30 s, with a pod's share of the processes that a node has once. */
  double cpuMillisPerPodIn30Seconds() {
    return sum(cpuMillis, true) / pods * 30 / seconds;
  }

  private static double sum(Map<ProcessKind, ? extends Number> values, boolean withOwn) {
    double sum = 0;
    for (var each : values.entrySet()) {
      boolean once = each.getKey() != ProcessKind.CONTAINERD;
      if (each.getKey().perPod() || (withOwn && once)) {
        sum += each.getValue().doubleValue();
      }
    }
    return sum;
  }
}
