package dev.cofferdam.shim.pod;

import dev.cofferdam.cri.v1.PodSandboxConfig;
import dev.cofferdam.cri.v1.UpdatePodSandboxResourcesRequest;
import dev.cofferdam.cri.v1.UpdatePodSandboxResourcesResponse;
import dev.cofferdam.shim.front.CallDeadline;
import dev.cofferdam.shim.front.OwnCall;
import dev.cofferdam.shim.host.Cgroups;
import dev.cofferdam.shim.live.CriResources;
import dev.cofferdam.shim.live.Pod;
import dev.cofferdam.shim.live.Pods;
import dev.cofferdam.shim.live.Timeouts;
import dev.cofferdam.shim.live.Turn;

/** UpdatePodSandboxResources: the limits of the sandbox's own cgroup. */
final class PodSandboxUpdate
    implements OwnCall<UpdatePodSandboxResourcesRequest, UpdatePodSandboxResourcesResponse> {
  private final Pods pods;
  private final Cgroups cgroups;
  private final Timeouts timeouts;

  PodSandboxUpdate(Pods pods, Cgroups cgroups, Timeouts timeouts) {
    this.pods = pods;
    this.cgroups = cgroups;
    this.timeouts = timeouts;
  }

  @Override
  public UpdatePodSandboxResourcesResponse call(UpdatePodSandboxResourcesRequest request) {
    Pod pod = pods.pod(request.getPodSandboxId());
    var _ = CriResources.of(request.getResources(), "resources");
    var _ = CriResources.of(request.getOverhead(), "overhead");
    try (Turn.Taken _ = pod.takeTurn("update", CallDeadline.atMost(timeouts.turn()))) {
      var _ = pod.running();
      PodSandboxConfig.Builder config = pod.record().config().toBuilder();
      config.getLinuxBuilder().setResources(request.getResources());
      config.getLinuxBuilder().setOverhead(request.getOverhead());
      PodSandboxConfig changed = config.build();
      pod.record()
          .spec()
          .cgroup()
          .ifPresent(path -> cgroups.update(path, SandboxRecords.cgroupLimits(changed)));
      var _ = pod.announce(record -> record.withConfig(changed));
    }
    return UpdatePodSandboxResourcesResponse.getDefaultInstance();
  }
}
