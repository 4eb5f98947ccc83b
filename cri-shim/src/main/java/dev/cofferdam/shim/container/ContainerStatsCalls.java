package dev.cofferdam.shim.container;

import dev.cofferdam.cri.v1.ContainerStats;
import dev.cofferdam.cri.v1.ContainerStatsFilter;
import dev.cofferdam.cri.v1.ContainerStatsRequest;
import dev.cofferdam.cri.v1.ContainerStatsResponse;
import dev.cofferdam.cri.v1.ListContainerStatsRequest;
import dev.cofferdam.cri.v1.ListContainerStatsResponse;
import dev.cofferdam.cri.v1.StreamContainerStatsRequest;
import dev.cofferdam.cri.v1.StreamContainerStatsResponse;
import dev.cofferdam.shim.live.PodContainer;
import dev.cofferdam.shim.live.Pods;
import java.util.List;

/** ContainerStats, ListContainerStats and StreamContainerStats. */
public final class ContainerStatsCalls {
  private final Pods pods;
  private final ContainerStatistics statistics;

  public ContainerStatsCalls(Pods pods, ContainerStatistics statistics) {
    this.pods = pods;
    this.statistics = statistics;
  }

  public ContainerStatsResponse one(ContainerStatsRequest request) {
    PodContainer container = pods.container(request.getContainerId());
    return ContainerStatsResponse.newBuilder()
        .setStats(statistics.of(List.of(container)).getFirst())
        .build();
  }

  public ListContainerStatsResponse list(ListContainerStatsRequest request) {
    return ListContainerStatsResponse.newBuilder()
        .addAllStats(matching(request.getFilter()))
        .build();
  }

  public StreamContainerStatsResponse stream(StreamContainerStatsRequest request) {
    return StreamContainerStatsResponse.newBuilder()
        .addAllContainerStats(matching(request.getFilter()))
        .build();
  }

  private List<ContainerStats> matching(ContainerStatsFilter filter) {
    List<PodContainer> containers =
        pods.listedContainers(filter.getLabelSelectorMap()).stream()
            .filter(
                each ->
                    (filter.getId().isEmpty() || filter.getId().equals(each.id()))
                        && (filter.getPodSandboxId().isEmpty()
                            || filter.getPodSandboxId().equals(each.pod().id()))
                        && each.record()
                            .config()
                            .getLabelsMap()
                            .entrySet()
                            .containsAll(filter.getLabelSelectorMap().entrySet()))
            .toList();
    return statistics.of(containers);
  }
}
