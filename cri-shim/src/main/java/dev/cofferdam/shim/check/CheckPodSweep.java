package dev.cofferdam.shim.check;

import dev.cofferdam.cri.v1.ListPodSandboxRequest;
import dev.cofferdam.cri.v1.PodSandbox;
import dev.cofferdam.cri.v1.PodSandboxFilter;
import dev.cofferdam.sandbox.Deadline;
import dev.cofferdam.shim.client.CriClient;
import dev.cofferdam.shim.live.CheckPods;
import java.util.List;

/**
 * Ends the pods of checks that nobody waits for: of one that was killed, or whose call for a pod
 * gave up before the shim had made it.
 */
final class CheckPodSweep {
  private CheckPodSweep() {}

  /** Removes all there are; no check may run. */
  static void run(CriClient client, Deadline deadline) {
    for (PodSandbox pod : all(client, deadline)) {
      CheckPod.remove(client, pod.getId(), deadline);
    }
  }

  static List<PodSandbox> all(CriClient client, Deadline deadline) {
    return CheckPod.within(client, deadline)
        .listPodSandbox(
            ListPodSandboxRequest.newBuilder()
                .setFilter(PodSandboxFilter.newBuilder().putLabelSelector(CheckPods.LABEL, "true"))
                .build())
        .getItemsList();
  }
}
