package dev.cofferdam.shim.cadvisor;

import dev.cofferdam.cri.v1.MetricType;
import dev.cofferdam.shim.metrics.Exposition;
import dev.cofferdam.shim.metrics.MetricSource;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Our containers as kubelet's {@code /metrics/cadvisor} would show them if its cAdvisor could see
 * them: the same names and the labels {@code container, id, image, name, namespace, pod}.
 */
public final class CadvisorPage implements MetricSource {
  private static final List<String> WHOSE =
      List.of("container", "id", "image", "name", "namespace", "pod");

  private final Numbers numbers;

  private record Line(List<String> labels, long value) {}

  public CadvisorPage(Numbers numbers) {
    this.numbers = numbers;
  }

  @Override
  public void write(Exposition out) {
    // A family's samples must stand together, and come pod by pod.
    Map<Family, List<Line>> byFamily = new EnumMap<>(Family.class);
    for (PodSamples pod : numbers.take()) {
      add(byFamily, pod.own(), ofPod(pod));
      pod.containers()
          .forEach(
              each ->
                  add(
                      byFamily,
                      each.samples(),
                      List.of(
                          each.name(),
                          pod.cgroup() + "/" + each.id(),
                          each.image(),
                          each.id(),
                          pod.namespace(),
                          pod.name())));
    }
    byFamily.forEach((family, lines) -> write(family, lines, out));
  }

  private static List<String> ofPod(PodSamples pod) {
    return List.of("", pod.cgroup(), "", pod.sandboxId(), pod.namespace(), pod.name());
  }

  private static void add(
      Map<Family, List<Line>> byFamily, List<Sample> samples, List<String> whose) {
    for (Sample sample : samples) {
      byFamily
          .computeIfAbsent(sample.family(), family -> new ArrayList<>())
          .add(new Line(joined(whose, sample.more()), sample.value()));
    }
  }

  private static void write(Family family, List<Line> lines, Exposition out) {
    out.family(
        family.metricName(),
        family.type() == MetricType.COUNTER ? Exposition.Type.COUNTER : Exposition.Type.GAUGE,
        family.help());
    List<String> keys = joined(WHOSE, family.more());
    for (Line line : lines) {
      switch (family.unit()) {
        case ONE -> out.sample(keys, line.labels(), line.value());
        case NANOS -> out.seconds(keys, line.labels(), line.value());
      }
    }
  }

  private static List<String> joined(List<String> some, List<String> more) {
    return more.isEmpty() ? some : Stream.concat(some.stream(), more.stream()).toList();
  }
}
