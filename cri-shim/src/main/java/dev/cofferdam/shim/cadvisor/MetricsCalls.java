package dev.cofferdam.shim.cadvisor;

import dev.cofferdam.cri.v1.ContainerMetrics;
import dev.cofferdam.cri.v1.ListMetricDescriptorsRequest;
import dev.cofferdam.cri.v1.ListMetricDescriptorsResponse;
import dev.cofferdam.cri.v1.ListPodSandboxMetricsRequest;
import dev.cofferdam.cri.v1.ListPodSandboxMetricsResponse;
import dev.cofferdam.cri.v1.Metric;
import dev.cofferdam.cri.v1.MetricDescriptor;
import dev.cofferdam.cri.v1.PodSandboxMetrics;
import dev.cofferdam.cri.v1.StreamPodSandboxMetricsRequest;
import dev.cofferdam.cri.v1.StreamPodSandboxMetricsResponse;
import dev.cofferdam.cri.v1.UInt64Value;
import dev.cofferdam.shim.cadvisor.PodSamples.ContainerSamples;
import dev.cofferdam.shim.live.Clocks;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** ListMetricDescriptors, ListPodSandboxMetrics and StreamPodSandboxMetrics: our part of each. */
public final class MetricsCalls {
  private final Numbers numbers;

  public MetricsCalls(Numbers numbers) {
    this.numbers = numbers;
  }

  /**
   * Only what containerd does not describe: of two descriptors of one name kubelet would take ours
   * for containerd's metrics too, whatever labels a later containerd gives them.
   */
  public ListMetricDescriptorsResponse descriptors(ListMetricDescriptorsRequest request) {
    return ListMetricDescriptorsResponse.newBuilder()
        .addDescriptors(descriptor(Family.SPEC_CPU_QUOTA))
        .build();
  }

  static MetricDescriptor descriptor(Family family) {
    return MetricDescriptor.newBuilder()
        .setName(family.metricName())
        .setHelp(family.help())
        .addAllLabelKeys(family.labelKeys())
        .build();
  }

  public ListPodSandboxMetricsResponse list(ListPodSandboxMetricsRequest request) {
    return ListPodSandboxMetricsResponse.newBuilder().addAllPodMetrics(all()).build();
  }

  public StreamPodSandboxMetricsResponse stream(StreamPodSandboxMetricsRequest request) {
    return StreamPodSandboxMetricsResponse.newBuilder().addAllPodSandboxMetrics(all()).build();
  }

  private List<PodSandboxMetrics> all() {
    long now = Clocks.nanos();
    return numbers.take().stream().map(pod -> message(pod, now)).toList();
  }

  private static PodSandboxMetrics message(PodSamples pod, long now) {
    PodSandboxMetrics.Builder message =
        PodSandboxMetrics.newBuilder().setPodSandboxId(pod.sandboxId());
    List<String> ofPod = List.of(pod.name(), pod.namespace(), "", pod.sandboxId(), "");
    pod.own().forEach(sample -> message.addMetrics(metric(sample, ofPod, now)));
    for (ContainerSamples container : pod.containers()) {
      List<String> whose =
          List.of(pod.name(), pod.namespace(), container.name(), container.id(), container.image());
      ContainerMetrics.Builder metrics =
          ContainerMetrics.newBuilder().setContainerId(container.id());
      container.samples().forEach(sample -> metrics.addMetrics(metric(sample, whose, now)));
      message.addContainerMetrics(metrics);
    }
    return message.build();
  }

  private static Metric metric(Sample sample, List<String> whose, long now) {
    return Metric.newBuilder()
        .setName(sample.family().metricName())
        .setTimestamp(now)
        .setMetricType(sample.family().type())
        .addAllLabelValues(Stream.concat(whose.stream(), sample.more().stream()).toList())
        .setValue(UInt64Value.newBuilder().setValue(value(sample)))
        .build();
  }

  /** CRI has whole numbers only, so seconds are cut, as containerd does. */
  private static long value(Sample sample) {
    return switch (sample.family().unit()) {
      case ONE -> sample.value();
      case NANOS -> TimeUnit.NANOSECONDS.toSeconds(sample.value());
    };
  }
}
