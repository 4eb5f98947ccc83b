package dev.cofferdam.bench;

import dev.cofferdam.bench.BenchOptions.Crowd;
import dev.cofferdam.bench.BenchPod.Step;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * The benchmark behind {@code dev/bench microvm}: pods beside bare guests of the same kernel on the
 * same accelerator, in turns; runs inside a lab whose shim has what microVMs need.
 */
public final class MicroVmBench {
  private static final Path SHIM = Path.of("/run/cofferdam/cri.sock");
  private static final Path CONTAINERD = Path.of("/run/containerd/containerd.sock");
  private static final Path IMAGES = Path.of("/var/lib/cofferdam/erofs/images");
  private static final String BARE = "a bare boot";
  private static final double START_TARGET = 1.15;
  private static final double MOST_MEGABYTES = 8;

  /** A guest gives back what it does not use some seconds after a start: only then it is idle. */
  private static final long IDLE_AFTER_MILLIS = 10_000;

  /** More guests at once than this say nothing of the shim on a machine of few processors. */
  private static final int LARGEST_CROWD = 20;

  private final BenchOptions options;
  private final Results results;
  private final Side ours;

  private MicroVmBench(BenchOptions options, Results results, Side ours) {
    this.options = options;
    this.results = results;
    this.ours = ours;
  }

  /** Measures, prints, and writes where {@code --out} says. */
  public static void main(String[] arguments) throws Exception {
    BenchOptions options = BenchOptions.parse(arguments);
    Results results = new Results(Machine.here(System.getProperty("cofferdam.commit", "unknown")));
    try (CriConnection shim = new CriConnection(SHIM);
        CriConnection containerd = new CriConnection(CONTAINERD)) {
      PodBench.prepare(containerd);
      new MicroVmBench(options, results, new Side("Cofferdam", shim, "microvm")).run();
    } finally {
      // A crowd that a small machine cannot boot in time takes nothing else along.
      System.out.print(Report.text(results));
      if (options.out().isPresent()) {
        PodBench.write(results, options.out().get());
      }
    }
  }

  private void run() throws IOException, InterruptedException {
    PodBench.say("the image's first container, and its second");
    List<String> command = images();
    PodBench.warmUp(ours);
    BareGuest.boot(command).close();
    starts(command);
    for (Crowd crowd : options.crowds()) {
      if (crowd.pods() > 1 && crowd.pods() <= LARGEST_CROWD) {
        crowd(crowd.pods());
      }
    }
  }

  /** The node's first pod: it waits for the proof too, so only what comes after it is told. */
  private List<String> images() throws IOException {
    BenchPod pod = new BenchPod(ours).start();
    single("CreateContainer, the image's first", "ms", pod.millis(Step.CREATE_CONTAINER), 0);
    Map<Path, FileTime> before = made();
    double second = pod.secondContainerMillis();
    Map<Path, FileTime> after = made();
    after.entrySet().removeAll(before.entrySet());
    single("a second container of that image, until its first line", "ms", second, 0);
    single("images built for it", "", after.size(), 0);
    List<String> command = BareGuest.commandOfAPod();
    pod.end();
    return command;
  }

  private static Map<Path, FileTime> made() throws IOException {
    Map<Path, FileTime> made = new HashMap<>();
    try (Stream<Path> images = Files.list(IMAGES)) {
      for (Path image : (Iterable<Path>) images::iterator) {
        made.put(image, Files.getLastModifiedTime(image));
      }
    }
    if (made.isEmpty()) {
      throw new IllegalStateException("no image lies in " + IMAGES);
    }
    return made;
  }

  /** One turn: a pod, or a bare guest, for which all times are those of its boot. */
  private record Turn(
      double sandbox, double firstLine, double network, double create, Footprint footprint) {}

  private void starts(List<String> command) {
    PodBench.say("%d pairs of a pod and a bare guest".formatted(options.pairs()));
    Pairs<Turn> turns =
        Pairs.measure(
            options.pairs(),
            (Supplier<Turn>) this::pod,
            (Supplier<Turn>) () -> bare(command),
            Supplier::get);
    results.add(turns.compare("RunPodSandbox", "ms", BARE, 0, Turn::sandbox));
    results.add(
        turns.compare(
            "RunPodSandbox without CNI's ADD",
            "ms",
            BARE,
            START_TARGET,
            turn -> turn.sandbox - turn.network));
    results.add(
        turns.compare(
            "cold start to the first line in the log, without CNI's ADD",
            "ms",
            BARE,
            START_TARGET,
            turn -> turn.firstLine - turn.network));
    single("CNI's ADD, median", "ms", median(turns.ours(), Turn::network), 0);
    single("CreateContainer, median", "ms", median(turns.ours(), Turn::create), 0);
    double pod = median(turns.ours(), turn -> megabytes(turn.footprint.pssKibPerPod()));
    double guest = median(turns.ours(), turn -> monitor(turn.footprint));
    double bare = median(turns.others(), turn -> monitor(turn.footprint));
    single("PSS of a bare guest's monitor, median", "MB", bare, 0);
    single("PSS of an idle pod's monitor, median", "MB", guest, 0);
    single("PSS of an idle pod beyond the bare guest's monitor", "MB", pod - bare, MOST_MEGABYTES);
    single("of it beside the pod's monitor", "MB", pod - guest, MOST_MEGABYTES);
    results.add(turns.ours().getFirst().footprint);
    results.add(turns.others().getFirst().footprint);
  }

  private Turn pod() {
    double networkBefore = ShimMetrics.networkMillis();
    BenchPod pod = new BenchPod(ours).start();
    double network = ShimMetrics.networkMillis() - networkBefore;
    Footprint footprint = footprint(ours.name());
    pod.end();
    return new Turn(
        pod.millis(Step.RUN_POD_SANDBOX),
        pod.millis(Step.FIRST_LINE),
        network,
        pod.millis(Step.CREATE_CONTAINER),
        footprint);
  }

  private Turn bare(List<String> command) {
    try (BareGuest guest = BareGuest.boot(command)) {
      Footprint footprint = footprint(BARE).without(ProcessKind.JVM, ProcessKind.KEEPER);
      return new Turn(guest.bootMillis(), guest.bootMillis(), 0, 0, footprint);
    }
  }

  private Footprint footprint(String side) {
    try {
      Thread.sleep(IDLE_AFTER_MILLIS);
      return Footprint.now(1, side, 0);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", e);
    }
  }

  private void crowd(int count) throws InterruptedException {
    PodBench.say("%d pods at once".formatted(count));
    PodCrowd crowd = new PodCrowd(ours, count);
    double start = crowd.start();
    Thread.sleep(IDLE_AFTER_MILLIS);
    Footprint footprint = crowd.footprint(options.idle().toSeconds());
    double end = crowd.end();
    single(count + " pods at once, until each has printed its line", "ms", start, 0);
    single(count + " pods at once, stopped and removed", "ms", end, 0);
    results.add(footprint);
  }

  private void single(String name, String unit, double value, double most) {
    results.add(new Single(name, unit, value, most));
  }

  private static double median(List<Turn> turns, java.util.function.Function<Turn, Double> value) {
    return new Distribution(turns.stream().map(value).toList()).median();
  }

  private static double monitor(Footprint footprint) {
    return megabytes(footprint.pssKib().getOrDefault(ProcessKind.MONITOR, 0L));
  }

  private static double megabytes(double kib) {
    return kib * 1024 / 1e6;
  }
}
