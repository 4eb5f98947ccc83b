package dev.cofferdam.shim.check;

import java.util.List;
import java.util.stream.Stream;

/**
 * What a sandbox costs its node beyond its containers.
 *
 * @param shapes as measured, one for each kind of pod
 */
public record Overhead(List<Shape> shapes) {
  private static final double LEAST_SHARE_OF_LOAD = 0.8;

  /**
   * One kind of pod.
   *
   * @param containers in it
   * @param loaded whether one of them reads files and holds 200 connections, or all wait
   * @param memoryBytes of the host, beyond what the containers use: its processes' proportional set
   *     size without files, and the kernel memory that its cgroup is charged for
   * @param cpuMillis thousandths of a processor, beyond what the containers use
   * @param pssBytes of all the pod's processes, without files, the containers' memory among it
   * @param cgroupBytes of the pod's cgroup (working set), the containers' memory among it
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

  /**
   * What a pod of one container costs, as one number for idle ones and those under load: off from
   * both by the same share, but from the latter by a fifth at most, since what is reserved counts
   * in the limit of the pod.
   */
  public long memoryBytes() {
    long least = smallest().mapToLong(Shape::memoryBytes).min().orElse(0);
    long most = smallest().mapToLong(Shape::memoryBytes).max().orElse(0);
    if (least == 0) {
      return most;
    }
    return Math.round(Math.max(2.0 * least * most / (least + most), LEAST_SHARE_OF_LOAD * most));
  }

  /**
   * What an idle pod of one container costs. Under load the wall works for the container, as much
   * as that asks for: that is in the shapes, and nothing to reserve for every pod.
   */
  public long cpuMillis() {
    return smallest().filter(shape -> !shape.loaded()).mapToLong(Shape::cpuMillis).max().orElse(0);
  }

  /** What each further container adds to an idle pod. */
  public long memoryBytesAContainer() {
    List<Shape> idle = shapes.stream().filter(shape -> !shape.loaded()).toList();
    if (idle.size() < 2) {
      return 0;
    }
    Shape small = idle.getFirst();
    Shape large = idle.getLast();
    long more = large.memoryBytes() - small.memoryBytes();
    return Math.max(0, more / Math.max(1, large.containers() - small.containers()));
  }

  private Stream<Shape> smallest() {
    int least = shapes.stream().mapToInt(Shape::containers).min().orElse(0);
    return shapes.stream().filter(shape -> shape.containers() == least);
  }
}
