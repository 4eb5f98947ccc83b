package dev.cofferdam.shim.container;

import dev.cofferdam.cri.v1.UpdateContainerResourcesRequest;
import dev.cofferdam.cri.v1.UpdateContainerResourcesResponse;
import dev.cofferdam.sandbox.Backend;
import dev.cofferdam.sandbox.Capabilities.Feature;
import dev.cofferdam.sandbox.Deadline;
import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.Resources;
import dev.cofferdam.sandbox.SandboxException;
import dev.cofferdam.shim.front.CallDeadline;
import dev.cofferdam.shim.front.OwnCall;
import dev.cofferdam.shim.handler.Backends;
import dev.cofferdam.shim.live.CriResources;
import dev.cofferdam.shim.live.PodContainer;
import dev.cofferdam.shim.live.Pods;
import dev.cofferdam.shim.live.Timeouts;
import dev.cofferdam.shim.live.Turn;
import dev.cofferdam.shim.state.ContainerRecord.Phase;
import dev.cofferdam.shim.state.SandboxRecord;

/**
 * UpdateContainerResources: done first, then written down, so that what ContainerStatus shows
 * holds. Where the backend enforces no limits of single containers there is nothing to change
 * inside: the pod's cgroup, which kubelet resizes itself, is what holds.
 */
public final class ContainerUpdate
    implements OwnCall<UpdateContainerResourcesRequest, UpdateContainerResourcesResponse> {
  private final Pods pods;
  private final Backends backends;
  private final Timeouts timeouts;

  public ContainerUpdate(Pods pods, Backends backends, Timeouts timeouts) {
    this.pods = pods;
    this.backends = backends;
    this.timeouts = timeouts;
  }

  @Override
  public UpdateContainerResourcesResponse call(UpdateContainerResourcesRequest request) {
    PodContainer container = pods.container(request.getContainerId());
    var _ = CriResources.of(request.getLinux(), "linux");
    try (Turn.Taken _ = container.takeTurn("update", CallDeadline.atMost(timeouts.turn()))) {
      if (container.record().phase() == Phase.EXITED) {
        throw new SandboxException(
            ErrorCode.WRONG_STATE, "container " + container.id() + " has exited");
      }
      SandboxRecord sandbox = container.pod().record();
      Backend backend = backends.require(sandbox.backend());
      var merged = CriResources.merged(container.record().resources(), request.getLinux());
      Resources limits = CriResources.of(merged, "linux");
      if (backend.capabilities(sandbox.spec().variant()).has(Feature.LIVE_UPDATE)
          && container.handle().isPresent()) {
        container.handle().get().update(limits, Deadline.after(timeouts.release()));
      }
      var _ = container.announce(record -> record.withResources(merged, limits));
    }
    return UpdateContainerResourcesResponse.getDefaultInstance();
  }
}
