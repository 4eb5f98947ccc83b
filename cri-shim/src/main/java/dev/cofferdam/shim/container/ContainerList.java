package dev.cofferdam.shim.container;

import dev.cofferdam.cri.v1.Container;
import dev.cofferdam.cri.v1.ContainerFilter;
import dev.cofferdam.cri.v1.ListContainersRequest;
import dev.cofferdam.cri.v1.ListContainersResponse;
import dev.cofferdam.cri.v1.StreamContainersRequest;
import dev.cofferdam.cri.v1.StreamContainersResponse;
import dev.cofferdam.shim.front.OwnCall;
import dev.cofferdam.shim.live.ContainerMessages;
import dev.cofferdam.shim.live.Pods;
import java.util.List;

/** ListContainers and StreamContainers, from memory. */
public final class ContainerList implements OwnCall<ListContainersRequest, ListContainersResponse> {
  private final Pods pods;

  public ContainerList(Pods pods) {
    this.pods = pods;
  }

  @Override
  public ListContainersResponse call(ListContainersRequest request) {
    return ListContainersResponse.newBuilder()
        .addAllContainers(matching(request.getFilter()))
        .build();
  }

  public StreamContainersResponse stream(StreamContainersRequest request) {
    return StreamContainersResponse.newBuilder()
        .addAllContainers(matching(request.getFilter()))
        .build();
  }

  private List<Container> matching(ContainerFilter filter) {
    return pods.listedContainers(filter.getLabelSelectorMap()).stream()
        .map(container -> ContainerMessages.entry(container.record()))
        .filter(
            entry ->
                (filter.getId().isEmpty() || filter.getId().equals(entry.getId()))
                    && (filter.getPodSandboxId().isEmpty()
                        || filter.getPodSandboxId().equals(entry.getPodSandboxId()))
                    && (!filter.hasState() || filter.getState().getState() == entry.getState())
                    && entry
                        .getLabelsMap()
                        .entrySet()
                        .containsAll(filter.getLabelSelectorMap().entrySet()))
        .toList();
  }
}
