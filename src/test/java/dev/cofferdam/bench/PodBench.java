package dev.cofferdam.bench;

import dev.cofferdam.bench.BenchOptions.Crowd;
import dev.cofferdam.bench.BenchOptions.Part;
import dev.cofferdam.bench.BenchPod.Step;
import dev.cofferdam.cri.v1.ImageSpec;
import dev.cofferdam.cri.v1.PullImageRequest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

/** The benchmark behind {@code dev/bench pods}; runs inside a lab whose containerd has the peer. */
public final class PodBench {
  private static final Path SHIM = Path.of("/run/cofferdam/cri.sock");
  private static final Path CONTAINERD = Path.of("/run/containerd/containerd.sock");
  private static final Path CGROUPS = Path.of("/sys/fs/cgroup");

  /** What the pods before leave to do is done, and a pod that started is at rest. */
  static final long SETTLE_MILLIS = 3000;

  /** The processes of an exec have ended. */
  private static final long EXEC_REST_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

  /** Threads that are kept for a minute in case there is more to do have gone. */
  private static final long REST_MILLIS = 90_000;

  /** Pods whose CPU time is looked at: one more tells nothing new, and takes the run's time. */
  private static final int MOST_LOOKED_AT = 10;

  /** How many of many pods are started at once. */
  private static final int WAVE = 10;

  private final BenchOptions options;
  private final Results results;
  private final Side ours;
  private final Side other;
  private final Side runcThroughUs;
  private final Side runcDirect;

  private PodBench(
      BenchOptions options,
      Results results,
      CriConnection shim,
      CriConnection containerd,
      Side other) {
    this.options = options;
    this.results = results;
    this.ours = new Side("Cofferdam", shim, "gvisor");
    this.other = other;
    this.runcThroughUs = new Side("runc through us", shim, "");
    this.runcDirect = new Side("runc directly", containerd, "");
  }

  public static void main(String[] arguments) throws Exception {
    BenchOptions options = BenchOptions.parse(arguments);
    Machine machine = Machine.here(System.getProperty("cofferdam.commit", "unknown"));
    Results results = new Results(machine);
    try (CriConnection shim = new CriConnection(SHIM);
        CriConnection containerd = new CriConnection(CONTAINERD)) {
      prepare(containerd);
      if (options.against().isPresent()) {
        try (OtherBuild _ = new OtherBuild(options.against().get());
            CriConnection second = new CriConnection(OtherBuild.socket())) {
          Side other = new Side("the other build", second, "gvisor");
          new PodBench(options, results, shim, containerd, other).run();
        }
      } else {
        Side peer = new Side("gVisor's shim", containerd, "runsc");
        new PodBench(options, results, shim, containerd, peer).run();
      }
    }
    System.out.print(Report.text(results));
    if (options.out().isPresent()) {
      write(results, options.out().get());
    }
  }

  /** The image, and the cgroup that kubelet would have made. */
  static void prepare(CriConnection containerd) throws IOException {
    var _ =
        containerd
            .images()
            .pullImage(
                PullImageRequest.newBuilder()
                    .setImage(ImageSpec.newBuilder().setImage(BenchPod.IMAGE))
                    .build());
    String parent = BenchPod.CGROUP_PARENT.substring(1);
    if (Files.exists(CGROUPS.resolve("cgroup.controllers"))) {
      Files.createDirectories(CGROUPS.resolve(parent));
      return;
    }
    try (Stream<Path> hierarchies = Files.list(CGROUPS)) {
      for (Path hierarchy : hierarchies.filter(Files::isDirectory).toList()) {
        Files.createDirectories(hierarchy.resolve(parent));
      }
    }
  }

  /** The page, its charts and the values. */
  static void write(Results results, Path folder) throws IOException {
    Files.createDirectories(folder);
    Files.writeString(folder.resolve("results.json"), JsonReport.of(results));
    StringBuilder page = new StringBuilder(Report.text(results));
    for (Map.Entry<String, BarChart> chart : Charts.of(results).entrySet()) {
      Files.writeString(folder.resolve(chart.getKey()), chart.getValue().svg());
      page.append("![](").append(chart.getKey()).append(")\n");
    }
    Files.writeString(folder.resolve("README.md"), page);
  }

  private void run() throws InterruptedException {
    warmUp(ours);
    warmUp(other);
    for (Part part : options.parts()) {
      switch (part) {
        case COLD -> cold();
        case EXEC -> exec(ours, other, options.execs(), 0.3);
        case CROWD -> crowds();
        case RUNC -> runc();
        case MANY -> many();
      }
    }
  }

  static void warmUp(Side side) {
    for (int i = 0; i < 3; i++) {
      BenchPod pod = new BenchPod(side).start();
      var _ = pod.execMillis();
      pod.end();
    }
  }

  private static BenchPod life(Side side) {
    BenchPod pod = new BenchPod(side).start();
    pod.end();
    return pod;
  }

  /** Pods alone. */
  private void cold() {
    say("pods alone, %d pairs".formatted(options.pairs()));
    Pairs<BenchPod> pods = Pairs.measure(options.pairs(), ours, other, PodBench::life);
    for (Step step : Step.values()) {
      double target = step == Step.FIRST_LINE ? 0.75 : 0;
      results.add(pods.compare(step.title(), "ms", other.name(), target, pod -> pod.millis(step)));
    }
  }

  private void exec(Side first, Side second, int execs, double target) {
    say("exec, %d pairs, %s".formatted(execs, first.name()));
    BenchPod ourPod = new BenchPod(first).start();
    BenchPod otherPod = new BenchPod(second).start();
    Pairs<Double> times =
        Pairs.measure(execs, first, second, side -> alone(side.equals(first) ? ourPod : otherPod));
    results.add(times.compare("ExecSync `true`", "ms", second.name(), target, millis -> millis));
    ourPod.end();
    otherPod.end();
  }

  /** What the exec before has left to do, such as the end of its processes, is not this one's. */
  private static double alone(BenchPod pod) {
    LockSupport.parkNanos(EXEC_REST_NANOS);
    return pod.execMillis();
  }

  private record CrowdTurn(double startMillis, double endMillis, Footprint footprint) {}

  private void crowds() {
    for (Crowd crowd : options.crowds()) {
      int count = crowd.pods();
      say("%d pods at once, %d pairs".formatted(count, crowd.pairs()));
      Pairs<CrowdTurn> turns =
          Pairs.measure(crowd.pairs(), ours, other, side -> crowd(side, count));
      String name = count == 1 ? "1 pod" : count + " pods at once";
      if (count > 1) {
        results.add(
            turns.compare(
                name + ", until each has printed its line",
                "ms",
                other.name(),
                count == 20 ? 0.6 : 0,
                CrowdTurn::startMillis));
        results.add(
            turns.compare(
                name + ", stopped and removed", "ms", other.name(), 0, CrowdTurn::endMillis));
      }
      results.add(
          turns.compare(
              name + ", memory of one without the JVM",
              "KiB",
              other.name(),
              0.6,
              turn -> turn.footprint.pssKibPerPod()));
      results.add(
          turns.compare(
              name + ", memory of one with the JVM",
              "KiB",
              other.name(),
              count == 50 ? 0.65 : 0,
              turn -> turn.footprint.pssKibPerPodWithOwn()));
      if (idleSeconds(count) > 0) {
        results.add(
            turns.compare(
                name + ", CPU of one idle with the JVM, in 30 s",
                "ms",
                other.name(),
                0,
                turn -> turn.footprint.cpuMillisPerPodIn30Seconds()));
      }
      results.add(turns.ours().getFirst().footprint);
      results.add(turns.others().getFirst().footprint);
    }
  }

  private long idleSeconds(int count) {
    return count <= MOST_LOOKED_AT ? options.idle().toSeconds() : 0;
  }

  private CrowdTurn crowd(Side side, int count) {
    try {
      PodCrowd crowd = new PodCrowd(side, count);
      double start = crowd.start();
      Thread.sleep(SETTLE_MILLIS);
      Footprint footprint = forSide(side, crowd.footprint(idleSeconds(count)));
      double end = crowd.end();
      Thread.sleep(SETTLE_MILLIS);
      return new CrowdTurn(start, end, footprint);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", e);
    }
  }

  /** The other side's pods have nothing to do with our shim, which runs beside them. */
  private Footprint forSide(Side side, Footprint all) {
    if (side.equals(ours)) {
      return all.without(ProcessKind.OTHER_JVM);
    }
    return options.against().isPresent()
        ? all.without(ProcessKind.JVM)
        : all.without(ProcessKind.JVM, ProcessKind.KEEPER);
  }

  /** Pods that are none of ours, through us and past us. */
  private void runc() {
    say("runc, %d pairs".formatted(options.runcPairs()));
    warmUp(runcThroughUs);
    warmUp(runcDirect);
    Pairs<BenchPod> pods =
        Pairs.measure(options.runcPairs(), runcThroughUs, runcDirect, PodBench::life);
    for (Step step : Step.values()) {
      results.add(
          pods.compare(
              "runc: " + step.title(), "ms", runcDirect.name(), 1.05, pod -> pod.millis(step)));
    }
    exec(runcThroughUs, runcDirect, options.execs(), 1.05);
  }

  private void many() throws InterruptedException {
    many(ours, ProcessKind.JVM);
    if (options.against().isPresent()) {
      many(other, ProcessKind.OTHER_JVM);
    }
  }

  /** What the shim itself takes for many pods. */
  private void many(Side side, ProcessKind shim) throws InterruptedException {
    int count = options.many();
    say("%d pods, %s".formatted(count, side.name()));
    double before = megabytes(LabProcesses.now().rssKib(), shim);
    List<PodCrowd> crowds = new ArrayList<>();
    double millis = 0;
    for (int left = count; left > 0; left -= WAVE) {
      PodCrowd crowd = new PodCrowd(side, Math.min(left, WAVE));
      crowds.add(crowd);
      millis += crowd.start();
    }
    String name = side.name() + ": ";
    results.add(new Single(name + "RSS of the shim before", "MB", before, 0));
    results.add(
        new Single(
            name + "RSS of the shim as the last of %d pods has started".formatted(count),
            "MB",
            megabytes(LabProcesses.now().rssKib(), shim),
            0));
    Thread.sleep(REST_MILLIS);
    LabProcesses processes = LabProcesses.now();
    double with = megabytes(processes.rssKib(), shim);
    double proportional = megabytes(processes.pssKib(), shim);
    results.add(
        new Single(
            name + "RSS of the shim with %d pods at rest".formatted(count), "MB", with, 110));
    results.add(
        new Single(
            name + "PSS of the shim with %d pods at rest".formatted(count), "MB", proportional, 0));
    results.add(new Single(name + "%d pods, %d at once".formatted(count, WAVE), "ms", millis, 0));
    crowds.forEach(PodCrowd::end);
  }

  private static double megabytes(Map<ProcessKind, Long> kib, ProcessKind shim) {
    return kib.getOrDefault(shim, 0L) * 1024 / 1e6;
  }

  static void say(String what) {
    System.err.println("bench: " + what);
  }
}
