package dev.cofferdam.shim.container;

import dev.cofferdam.cri.v1.ContainerEventType;
import dev.cofferdam.cri.v1.RemoveContainerRequest;
import dev.cofferdam.cri.v1.RemoveContainerResponse;
import dev.cofferdam.sandbox.ContainerSpec;
import dev.cofferdam.sandbox.Deadline;
import dev.cofferdam.sandbox.Sandbox;
import dev.cofferdam.shim.front.CallDeadline;
import dev.cofferdam.shim.front.OwnCall;
import dev.cofferdam.shim.host.Host;
import dev.cofferdam.shim.host.HostPaths;
import dev.cofferdam.shim.live.ContainerEvents;
import dev.cofferdam.shim.live.Pod;
import dev.cofferdam.shim.live.PodContainer;
import dev.cofferdam.shim.live.Pods;
import dev.cofferdam.shim.live.Steps;
import dev.cofferdam.shim.live.Timeouts;
import dev.cofferdam.shim.live.Turn;
import dev.cofferdam.shim.state.StateStore;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** RemoveContainer: kills it if it runs, and leaves nothing of it. */
public final class ContainerRemove
    implements OwnCall<RemoveContainerRequest, RemoveContainerResponse> {
  private final Pods pods;
  private final StateStore store;
  private final Host host;
  private final HostPaths paths;
  private final ContainerStop stop;
  private final ContainerEvents events;
  private final Timeouts timeouts;

  public ContainerRemove(
      Pods pods,
      StateStore store,
      Host host,
      HostPaths paths,
      ContainerStop stop,
      ContainerEvents events,
      Timeouts timeouts) {
    this.pods = pods;
    this.store = store;
    this.host = host;
    this.paths = paths;
    this.stop = stop;
    this.events = events;
    this.timeouts = timeouts;
  }

  @Override
  public RemoveContainerResponse call(RemoveContainerRequest request) {
    Optional<PodContainer> container = pods.findContainer(request.getContainerId());
    if (container.isPresent()) {
      remove(container.get(), CallDeadline.atMost(timeouts.turn()));
    }
    return RemoveContainerResponse.getDefaultInstance();
  }

  /** Removes a container in whatever state it is. */
  public void remove(PodContainer container, Deadline turn) {
    try (Turn.Taken _ = container.takeTurn("remove", turn)) {
      if (pods.findContainer(container.id()).isEmpty()) {
        return;
      }
      stop.stop(container, Duration.ZERO);
      container.handle().ifPresent(handle -> handle.delete(Deadline.after(timeouts.release())));
      container.forget();
      release(container.id());
      pods.remove(container);
      events.of(container, ContainerEventType.CONTAINER_DELETED_EVENT);
    }
  }

  /**
   * Ends and gives back a container of which no more is known than its ID, in whichever sandbox it
   * may run; may be repeated.
   */
  public void removeUnknown(String id) {
    for (Path folder : List.of(store.containerFolder(id), store.quarantined(id))) {
      ContainerSpec spec = ContainerSpec.unknown(id, folder.resolve("backend"));
      for (Pod pod : pods.all()) {
        pod.sandbox().ifPresent(sandbox -> end(sandbox, spec));
      }
    }
    release(id);
  }

  private void end(Sandbox sandbox, ContainerSpec spec) {
    Deadline deadline = Deadline.after(timeouts.release());
    sandbox
        .findContainer(spec, deadline)
        .ifPresent(
            container -> {
              container.kill(deadline);
              container.delete(deadline);
            });
  }

  /** Gives back what a container holds outside its sandbox; may be repeated. */
  private void release(String id) {
    host.logs().remove(id);
    host.images().removeVolumes(id, paths.imageVolumes(id));
    host.images().remove(id, paths.rootFilesystem(id));
    try {
      new ContainerFolders(paths).remove(id);
    } catch (IOException e) {
      throw Steps.failure("remove " + paths.container(id), e);
    }
    store.removeContainer(id);
  }
}
