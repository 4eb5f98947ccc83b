package dev.cofferdam.bench;

import dev.cofferdam.bench.BenchPod.Step;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * The benchmark behind {@code dev/bench density}: pods of ours, one after the other, all of which
 * stay. What grows with their number shows in the last ones' start.
 */
public final class DensityBench {
  private static final Path SHIM = Path.of("/run/cofferdam/cri.sock");
  private static final Path CONTAINERD = Path.of("/run/containerd/containerd.sock");
  private static final int GROUP = 20;
  private static final double MOST_TIMES_SLOWER = 1.5;
  private static final List<Step> STEPS =
      List.of(Step.RUN_POD_SANDBOX, Step.CREATE_CONTAINER, Step.START_CONTAINER, Step.FIRST_LINE);

  private DensityBench() {}

  /**
   * Measures and prints.
   *
   * @param arguments how many pods, a multiple of 20; none: 200
   */
  public static void main(String[] arguments) throws Exception {
    int count = arguments.length == 0 ? 200 : Integer.parseInt(arguments[0]);
    List<BenchPod> pods = new ArrayList<>();
    try (CriConnection shim = new CriConnection(SHIM);
        CriConnection containerd = new CriConnection(CONTAINERD)) {
      PodBench.prepare(containerd);
      Side ours = new Side("Cofferdam", shim, "gvisor");
      PodBench.warmUp(ours);
      try {
        System.out.println(
            "pods  sandbox  container  start  first line (ms each, means)  shim RSS");
        List<Double> groups = new ArrayList<>();
        while (pods.size() < count) {
          groups.add(group(ours, pods));
        }
        double ratio = groups.getLast() / groups.getFirst();
        System.out.printf(
            Locale.ROOT,
            "the last %d took %.2f times the first (at most %.2f)%n",
            GROUP,
            ratio,
            MOST_TIMES_SLOWER);
      } finally {
        pods.reversed().forEach(BenchPod::end);
      }
    }
  }

  private static double group(Side side, List<BenchPod> pods) {
    double[] sums = new double[STEPS.size()];
    for (int i = 0; i < GROUP; i++) {
      BenchPod pod = new BenchPod(side).start();
      pods.add(pod);
      for (int step = 0; step < sums.length; step++) {
        sums[step] += pod.millis(STEPS.get(step)) / GROUP;
      }
    }
    Map<ProcessKind, Long> rss = LabProcesses.now().rssKib();
    System.out.printf(
        Locale.ROOT,
        "%4d  %7.0f  %9.0f  %5.0f  %10.0f  %.0f MB%n",
        pods.size(),
        sums[0],
        sums[1],
        sums[2],
        sums[3],
        Optional.ofNullable(rss.get(ProcessKind.JVM)).orElse(0L) * 1024 / 1e6);
    return sums[sums.length - 1];
  }
}
