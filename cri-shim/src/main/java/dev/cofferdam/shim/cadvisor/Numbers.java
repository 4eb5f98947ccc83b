package dev.cofferdam.shim.cadvisor;

import dev.cofferdam.cri.v1.ContainerStats;
import dev.cofferdam.sandbox.Sandbox;
import dev.cofferdam.shim.cadvisor.PodSamples.ContainerSamples;
import dev.cofferdam.shim.live.Pod;
import dev.cofferdam.shim.live.PodContainer;
import dev.cofferdam.shim.live.Pods;
import dev.cofferdam.shim.state.ContainerRecord.Phase;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** Takes all numbers of all pods that are ready, at once. Thread-safe. */
public final class Numbers {
  private final Pods pods;
  private final Function<Collection<PodContainer>, List<ContainerStats>> statistics;

  /**
   * @param statistics of each container, in the same order, within a deadline of its own
   */
  public Numbers(Pods pods, Function<Collection<PodContainer>, List<ContainerStats>> statistics) {
    this.pods = pods;
    this.statistics = statistics;
  }

  List<PodSamples> take() {
    List<PodContainer> running =
        pods.listedContainers(Map.of()).stream()
            .filter(each -> each.record().phase() == Phase.RUNNING)
            .toList();
    List<ContainerStats> stats = statistics.apply(running);
    Map<String, List<ContainerSamples>> byPod = new HashMap<>();
    for (int i = 0; i < running.size(); i++) {
      PodContainer container = running.get(i);
      byPod
          .computeIfAbsent(container.pod().id(), id -> new ArrayList<>())
          .add(ContainerNumbers.of(container.record(), stats.get(i)));
    }
    return pods.listed(Map.of()).stream()
        .filter(Pod::ready)
        .map(pod -> of(pod, byPod.getOrDefault(pod.id(), List.of())))
        .toList();
  }

  private static PodSamples of(Pod pod, List<ContainerSamples> containers) {
    List<Sample> own = new ArrayList<>();
    // A pod on the node's own network has no traffic of its own.
    if (pod.record().spec().networkNamespace().isPresent()) {
      pod.sandbox()
          .map(Sandbox::pid)
          .map(InterfaceCounters::of)
          .orElse(List.of())
          .forEach(each -> network(each, own));
    }
    return new PodSamples(
        pod.id(),
        pod.record().config().getMetadata().getName(),
        pod.record().config().getMetadata().getNamespace(),
        pod.record().spec().cgroup().orElse(""),
        own,
        containers);
  }

  private static void network(InterfaceCounters of, List<Sample> samples) {
    String name = of.name();
    samples.add(Sample.of(Family.NETWORK_RECEIVE_BYTES, of.receivedBytes(), name));
    samples.add(Sample.of(Family.NETWORK_RECEIVE_PACKETS, of.receivedPackets(), name));
    samples.add(Sample.of(Family.NETWORK_RECEIVE_DROPPED, of.receiveDropped(), name));
    samples.add(Sample.of(Family.NETWORK_RECEIVE_ERRORS, of.receiveErrors(), name));
    samples.add(Sample.of(Family.NETWORK_TRANSMIT_BYTES, of.sentBytes(), name));
    samples.add(Sample.of(Family.NETWORK_TRANSMIT_PACKETS, of.sentPackets(), name));
    samples.add(Sample.of(Family.NETWORK_TRANSMIT_DROPPED, of.sendDropped(), name));
    samples.add(Sample.of(Family.NETWORK_TRANSMIT_ERRORS, of.sendErrors(), name));
  }
}
