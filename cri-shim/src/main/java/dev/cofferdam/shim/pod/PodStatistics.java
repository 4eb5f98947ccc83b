package dev.cofferdam.shim.pod;

import dev.cofferdam.cri.v1.ContainerStats;
import dev.cofferdam.cri.v1.LinuxPodSandboxStats;
import dev.cofferdam.cri.v1.ListPodSandboxStatsRequest;
import dev.cofferdam.cri.v1.ListPodSandboxStatsResponse;
import dev.cofferdam.cri.v1.PodSandboxStats;
import dev.cofferdam.cri.v1.PodSandboxStatsFilter;
import dev.cofferdam.cri.v1.PodSandboxStatsRequest;
import dev.cofferdam.cri.v1.PodSandboxStatsResponse;
import dev.cofferdam.cri.v1.ProcessUsage;
import dev.cofferdam.cri.v1.StreamPodSandboxStatsRequest;
import dev.cofferdam.cri.v1.StreamPodSandboxStatsResponse;
import dev.cofferdam.cri.v1.UInt64Value;
import dev.cofferdam.sandbox.Usage;
import dev.cofferdam.shim.container.ContainerStatistics;
import dev.cofferdam.shim.host.Cgroups;
import dev.cofferdam.shim.live.Clocks;
import dev.cofferdam.shim.live.Pod;
import dev.cofferdam.shim.live.PodMessages;
import dev.cofferdam.shim.live.Pods;
import java.util.List;

/** PodSandboxStats, ListPodSandboxStats and StreamPodSandboxStats: what pods cost the node. */
final class PodStatistics {
  private final Pods pods;
  private final Cgroups cgroups;
  private final ContainerStatistics containers;

  PodStatistics(Pods pods, Cgroups cgroups, ContainerStatistics containers) {
    this.pods = pods;
    this.cgroups = cgroups;
    this.containers = containers;
  }

  PodSandboxStatsResponse one(PodSandboxStatsRequest request) {
    Pod pod = pods.pod(request.getPodSandboxId());
    return PodSandboxStatsResponse.newBuilder().setStats(of(pod)).build();
  }

  ListPodSandboxStatsResponse list(ListPodSandboxStatsRequest request) {
    return ListPodSandboxStatsResponse.newBuilder()
        .addAllStats(matching(request.getFilter()))
        .build();
  }

  StreamPodSandboxStatsResponse stream(StreamPodSandboxStatsRequest request) {
    return StreamPodSandboxStatsResponse.newBuilder()
        .addAllPodSandboxStats(matching(request.getFilter()))
        .build();
  }

  private List<PodSandboxStats> matching(PodSandboxStatsFilter filter) {
    return pods.listed(filter.getLabelSelectorMap()).stream()
        .filter(
            pod ->
                (filter.getId().isEmpty() || filter.getId().equals(pod.id()))
                    && pod.record()
                        .config()
                        .getLabelsMap()
                        .entrySet()
                        .containsAll(filter.getLabelSelectorMap().entrySet()))
        .map(this::of)
        .toList();
  }

  private PodSandboxStats of(Pod pod) {
    List<ContainerStats> each = containers.of(pod.containers());
    LinuxPodSandboxStats.Builder linux = LinuxPodSandboxStats.newBuilder().addAllContainers(each);
    if (pod.ready()) {
      addUsage(pod, linux);
      pod.sandbox()
          .flatMap(sandbox -> NetworkCounters.of(sandbox.pid()))
          .ifPresent(linux::setNetwork);
    }
    return PodSandboxStats.newBuilder()
        .setAttributes(PodMessages.attributes(pod.record()))
        .setLinux(linux)
        .build();
  }

  private void addUsage(Pod pod, LinuxPodSandboxStats.Builder linux) {
    String cgroup = pod.record().spec().cgroup().orElse("");
    if (cgroup.isEmpty()) {
      return;
    }
    try {
      Usage usage = cgroups.usage(cgroup);
      linux
          .setCpu(ContainerStatistics.cpu(usage, 0))
          .setMemory(ContainerStatistics.memory(usage))
          .setProcess(
              ProcessUsage.newBuilder()
                  .setTimestamp(Clocks.nanos(usage.at()))
                  .setProcessCount(UInt64Value.newBuilder().setValue(usage.pids())));
    } catch (RuntimeException ending) {
      // The pod is on its way out; it then has no usage.
    }
  }
}
