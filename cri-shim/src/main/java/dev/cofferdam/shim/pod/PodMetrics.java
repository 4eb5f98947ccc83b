package dev.cofferdam.shim.pod;

import dev.cofferdam.shim.front.Ownership;
import dev.cofferdam.shim.live.Pod;
import dev.cofferdam.shim.live.PodContainer;
import dev.cofferdam.shim.live.Pods;
import dev.cofferdam.shim.live.Steps;
import dev.cofferdam.shim.metrics.Counter;
import dev.cofferdam.shim.metrics.Exposition;
import dev.cofferdam.shim.metrics.Gauge;
import dev.cofferdam.shim.metrics.Histogram;
import dev.cofferdam.shim.metrics.MetricSource;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What is counted of our pods: how many there are, how their starts went, what was swept. */
final class PodMetrics implements MetricSource {
  private static final Comparator<List<String>> IN_ORDER =
      Comparator.comparing(labels -> String.join(" ", labels));

  private final Pods pods;
  private final Ownership ownership;
  private final Histogram starts =
      new Histogram(
          "cofferdam_pod_start_seconds",
          "Time that RunPodSandbox took to make a sandbox.",
          "backend",
          "variant",
          "result");
  private final Histogram steps =
      new Histogram(
          "cofferdam_pod_start_step_seconds",
          "Time that each step of RunPodSandbox took.",
          "step",
          "result");
  private final Histogram containerSteps =
      new Histogram(
          "cofferdam_container_start_step_seconds",
          "Time that each step of CreateContainer and StartContainer took.",
          "step",
          "result");
  private final Counter swept =
      new Counter(
          "cofferdam_swept_total", "Leftovers that the sweep tried to clean up.", "kind", "result");

  PodMetrics(Pods pods, Ownership ownership) {
    this.pods = pods;
    this.ownership = ownership;
  }

  /** For the steps of one start. */
  Steps.Watch startSteps() {
    return (step, nanos, done) -> steps.observe(nanos, step, result(done));
  }

  /** For the steps of making and starting containers. */
  Steps.Watch containerSteps() {
    return (step, nanos, done) -> containerSteps.observe(nanos, step, result(done));
  }

  /** A start is over. */
  void started(String backend, String variant, long nanos, boolean done) {
    starts.observe(nanos, backend, variant, result(done));
  }

  /** One leftover was tried. */
  void swept(String kind, boolean done) {
    swept.count(kind, result(done));
  }

  private static String result(boolean done) {
    return done ? "ok" : "failed";
  }

  @Override
  public void write(Exposition out) {
    new Gauge(
            "cofferdam_pods_ready",
            "1 once all pods of before are taken up, so that calls about them are served.",
            () -> ownership.ready() ? 1 : 0)
        .write(out);
    out.family("cofferdam_sandboxes", Exposition.Type.GAUGE, "Pod sandboxes, by phase.");
    counted(
            pods.all().stream(),
            pod ->
                List.of(
                    pod.record().backend(),
                    pod.record().spec().variant(),
                    name(pod.record().phase())))
        .forEach(
            (labels, count) -> out.sample(List.of("backend", "variant", "state"), labels, count));
    out.family("cofferdam_containers", Exposition.Type.GAUGE, "Containers, by phase.");
    counted(pods.allContainers().stream(), PodMetrics::labels)
        .forEach((labels, count) -> out.sample(List.of("backend", "state"), labels, count));
    out.family(
        "cofferdam_leftovers",
        Exposition.Type.GAUGE,
        "What could not be cleaned up yet and waits for the sweep.");
    out.sample(List.of("kind"), List.of("sandbox"), pods.all().stream().filter(Pod::left).count());
    out.sample(List.of("kind"), List.of("unreadable"), pods.unknown().size());
    out.sample(List.of("kind"), List.of("container"), pods.leftovers().size());
    starts.write(out);
    steps.write(out);
    containerSteps.write(out);
    swept.write(out);
  }

  private static List<String> labels(PodContainer container) {
    return List.of(container.pod().record().backend(), name(container.record().phase()));
  }

  private static String name(Enum<?> phase) {
    return phase.name().toLowerCase(Locale.ROOT);
  }

  private static <T> Map<List<String>, Long> counted(
      Stream<T> all, Function<T, List<String>> labels) {
    return all.collect(
        Collectors.groupingBy(labels, () -> new TreeMap<>(IN_ORDER), Collectors.counting()));
  }
}
