package dev.cofferdam.shim.container;

import dev.cofferdam.cri.v1.ReopenContainerLogRequest;
import dev.cofferdam.cri.v1.ReopenContainerLogResponse;
import dev.cofferdam.shim.front.OwnCall;
import dev.cofferdam.shim.host.Logs;
import dev.cofferdam.shim.live.PodContainer;
import dev.cofferdam.shim.live.Pods;

/** ReopenContainerLog: kubelet has moved the log away and wants a new one. */
public final class ContainerReopenLog
    implements OwnCall<ReopenContainerLogRequest, ReopenContainerLogResponse> {
  private final Pods pods;
  private final Logs logs;

  public ContainerReopenLog(Pods pods, Logs logs) {
    this.pods = pods;
    this.logs = logs;
  }

  @Override
  public ReopenContainerLogResponse call(ReopenContainerLogRequest request) {
    PodContainer container = pods.container(request.getContainerId());
    var _ = container.running();
    logs.reopen(container.id());
    return ReopenContainerLogResponse.getDefaultInstance();
  }
}
