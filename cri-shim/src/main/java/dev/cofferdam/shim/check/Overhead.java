package dev.cofferdam.shim.check;

import java.util.List;

/**
 * What a sandbox costs its node beyond its containers.
 *
 * @param shapes as measured, one for each kind of pod
 */
public record Overhead(List<Shape> shapes) {

  /**
   * One kind of pod.
   *
   * @param containers in it
   * @param loaded whether it works on files and holds 200 connections, or waits
   * @param memoryBytes of the host, beyond what the containers use: the larger of what the pod's
   *     cgroup is charged for (working set) and its processes' proportional set size
   * @param cpuMillis thousandths of a processor, beyond what the containers use
   * @param pssBytes of all the pod's processes, the containers' memory among it
   * @param cgroupBytes of the pod's cgroup, the containers' memory among it
   */
  public record Shape(
      int containers,
      boolean loaded,
      long memoryBytes,
      long cpuMillis,
      long pssBytes,
      long cgroupBytes) {}

  public Overhead {
    shapes = List.copyOf(shapes);
  }

  /** What the most expensive pod costs. */
  public long memoryBytes() {
    return shapes.stream().mapToLong(Shape::memoryBytes).max().orElse(0);
  }

  /** What the most expensive pod costs. */
  public long cpuMillis() {
    return shapes.stream().mapToLong(Shape::cpuMillis).max().orElse(0);
  }
}
