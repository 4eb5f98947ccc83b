package dev.cofferdam.shim.check;

import dev.cofferdam.linux.Trees;
import dev.cofferdam.sandbox.Deadline;
import dev.cofferdam.shim.cgroup.PodCgroups;
import dev.cofferdam.shim.check.CheckPod.ContainerUse;
import dev.cofferdam.shim.check.Overhead.Shape;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Measures what a sandbox costs beyond its containers, with pods of one and five of them.
 *
 * @param guest whether a pod has a kernel of its own, in memory of its own
 */
record OverheadCheck(CheckSite site, PodCgroups cgroups, Duration window, boolean guest) {
  private static final Duration TIMEOUT = Duration.ofMinutes(3);
  private static final Duration REMOVING = Duration.ofMinutes(1);
  private static final List<Integer> SIZES = List.of(1, 5);
  private static final int PORT = 7200;
  private static final String LISTENS = "canary listens";
  private static final String UNDER_LOAD = "canary is under load";

  /** Until a sentry's memory has grown to what it keeps under load. */
  private static final Duration GROWING = Duration.ofSeconds(4);

  /** Longer than any reading takes: the pod is ended before. */
  private static final Duration LOAD_MARGIN = Duration.ofMinutes(1);

  Overhead run(String backend, String variant) throws IOException, InterruptedException {
    List<Shape> shapes = new ArrayList<>();
    for (int size : SIZES) {
      for (boolean loaded : List.of(false, true)) {
        shapes.add(shape(backend, variant, size, loaded));
      }
    }
    return new Overhead(shapes);
  }

  /** Each kind has a pod of its own: what a wall took under load it may keep. */
  private Shape shape(String backend, String variant, int size, boolean loaded)
      throws IOException, InterruptedException {
    CheckPod pod = new CheckPod(site, backend, variant, Deadline.after(TIMEOUT));
    try {
      pod.run();
      List<String> containers = new ArrayList<>();
      for (int i = loaded ? 2 : 1; i <= size; i++) {
        containers.add(pod.start("serve-" + i, 0, VariantCheck.SERVE));
        pod.awaitLog("serve-" + i, VariantCheck.SERVES);
      }
      return loaded ? underLoad(pod, containers) : reading(pod, containers, false);
    } finally {
      CheckPodSweep.run(site.client(), Deadline.after(REMOVING));
      Trees.delete(site.logs()); // the next pod's containers have the same names
    }
  }

  private Shape underLoad(CheckPod pod, List<String> others)
      throws IOException, InterruptedException {
    List<String> containers = new ArrayList<>(others);
    String seconds = Long.toString(window.plus(LOAD_MARGIN).toSeconds());
    containers.add(pod.start("load", 0, List.of("load", Integer.toString(PORT), seconds)));
    pod.awaitLog("load", LISTENS);
    try (var _ = HeldConnections.open(pod.address(), PORT)) {
      pod.awaitLog("load", UNDER_LOAD);
      Thread.sleep(GROWING);
      return reading(pod, containers, true);
    }
  }

  private Shape reading(CheckPod pod, List<String> containers, boolean loaded)
      throws InterruptedException {
    String cgroup = pod.info().path("cgroup").asText();
    ContainerUse usedBefore = sum(pod, containers);
    PodReading before = PodReading.of(cgroups, cgroup);
    Thread.sleep(window);
    PodReading after = PodReading.of(cgroups, cgroup);
    ContainerUse usedAfter = sum(pod, containers);
    long elapsed = after.atNanoTime() - before.atNanoTime();
    return new Shape(
        containers.size(),
        loaded,
        Math.max(0, after.memoryBytes() - after.containersBytes(usedAfter.memoryBytes(), guest)),
        cpuMillis(
            after.cpuNanos() - before.cpuNanos(),
            usedAfter.cpuNanos() - usedBefore.cpuNanos(),
            elapsed),
        after.pssBytes(),
        after.cgroupBytes());
  }

  /** Thousandths of a processor that went by beyond what the containers had. */
  static long cpuMillis(long ofPod, long ofContainers, long elapsed) {
    return Math.max(0, Math.round((ofPod - ofContainers) * 1000.0 / elapsed));
  }

  private static ContainerUse sum(CheckPod pod, List<String> containers) {
    long memory = 0;
    long cpu = 0;
    for (String container : containers) {
      ContainerUse use = pod.use(container);
      memory += use.memoryBytes();
      cpu += use.cpuNanos();
    }
    return new ContainerUse(memory, cpu);
  }
}
