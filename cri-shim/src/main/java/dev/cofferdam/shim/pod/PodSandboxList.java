package dev.cofferdam.shim.pod;

import dev.cofferdam.cri.v1.ListPodSandboxRequest;
import dev.cofferdam.cri.v1.ListPodSandboxResponse;
import dev.cofferdam.cri.v1.PodSandbox;
import dev.cofferdam.cri.v1.PodSandboxFilter;
import dev.cofferdam.cri.v1.StreamPodSandboxesRequest;
import dev.cofferdam.cri.v1.StreamPodSandboxesResponse;
import dev.cofferdam.shim.front.OwnCall;
import dev.cofferdam.shim.live.PodMessages;
import dev.cofferdam.shim.live.Pods;
import java.util.List;

/** ListPodSandbox and StreamPodSandboxes, from memory. */
final class PodSandboxList implements OwnCall<ListPodSandboxRequest, ListPodSandboxResponse> {
  private final Pods pods;

  PodSandboxList(Pods pods) {
    this.pods = pods;
  }

  @Override
  public ListPodSandboxResponse call(ListPodSandboxRequest request) {
    return ListPodSandboxResponse.newBuilder().addAllItems(matching(request.getFilter())).build();
  }

  StreamPodSandboxesResponse stream(StreamPodSandboxesRequest request) {
    return StreamPodSandboxesResponse.newBuilder()
        .addAllPodSandboxes(matching(request.getFilter()))
        .build();
  }

  private List<PodSandbox> matching(PodSandboxFilter filter) {
    return pods.listed(filter.getLabelSelectorMap()).stream()
        .map(pod -> PodMessages.entry(pod.record()))
        .filter(
            entry ->
                (filter.getId().isEmpty() || filter.getId().equals(entry.getId()))
                    && (!filter.hasState() || filter.getState().getState() == entry.getState())
                    && entry
                        .getLabelsMap()
                        .entrySet()
                        .containsAll(filter.getLabelSelectorMap().entrySet()))
        .toList();
  }
}
