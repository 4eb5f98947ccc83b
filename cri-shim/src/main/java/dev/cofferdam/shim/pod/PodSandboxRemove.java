package dev.cofferdam.shim.pod;

import dev.cofferdam.cri.v1.ContainerEventType;
import dev.cofferdam.cri.v1.RemovePodSandboxRequest;
import dev.cofferdam.cri.v1.RemovePodSandboxResponse;
import dev.cofferdam.sandbox.Deadline;
import dev.cofferdam.shim.container.ContainerRemove;
import dev.cofferdam.shim.front.CallDeadline;
import dev.cofferdam.shim.front.OwnCall;
import dev.cofferdam.shim.live.ContainerEvents;
import dev.cofferdam.shim.live.Pod;
import dev.cofferdam.shim.live.Pods;
import dev.cofferdam.shim.live.Timeouts;
import dev.cofferdam.shim.live.Turn;
import dev.cofferdam.shim.state.StateStore;
import java.util.Optional;

/** RemovePodSandbox: stops it if need be, and leaves nothing of it and its containers. */
final class PodSandboxRemove implements OwnCall<RemovePodSandboxRequest, RemovePodSandboxResponse> {
  private final Pods pods;
  private final StateStore store;
  private final PodSandboxStop stop;
  private final ContainerRemove containers;
  private final PodTeardown teardown;
  private final ContainerEvents events;
  private final Timeouts timeouts;

  PodSandboxRemove(
      Pods pods,
      StateStore store,
      PodSandboxStop stop,
      ContainerRemove containers,
      PodTeardown teardown,
      ContainerEvents events,
      Timeouts timeouts) {
    this.pods = pods;
    this.store = store;
    this.stop = stop;
    this.containers = containers;
    this.teardown = teardown;
    this.events = events;
    this.timeouts = timeouts;
  }

  @Override
  public RemovePodSandboxResponse call(RemovePodSandboxRequest request) {
    Optional<Pod> pod = pods.findPod(request.getPodSandboxId());
    if (pod.isPresent()) {
      remove(pod.get(), CallDeadline.atMost(timeouts.turn()));
    }
    return RemovePodSandboxResponse.getDefaultInstance();
  }

  /** Removes a pod in whatever state it is. */
  void remove(Pod pod, Deadline turn) {
    try (Turn.Taken _ = pod.takeTurn("remove", turn)) {
      if (pods.findPod(pod.id()).isEmpty()) {
        return;
      }
      stop.stop(pod);
      pod.containers().forEach(container -> containers.remove(container, turn));
      teardown.purge(pod.record());
      pod.forget();
      store.removeSandbox(pod.id());
      pods.remove(pod);
      events.of(pod, ContainerEventType.CONTAINER_DELETED_EVENT);
    }
  }
}
