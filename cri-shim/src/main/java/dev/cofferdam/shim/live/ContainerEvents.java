package dev.cofferdam.shim.live;

import dev.cofferdam.cri.v1.ContainerEventResponse;
import dev.cofferdam.cri.v1.ContainerEventType;
import dev.cofferdam.shim.front.EventSource;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tells who listens what happens to our pods and containers. Thread-safe. */
public final class ContainerEvents implements EventSource<ContainerEventResponse> {
  private static final Logger LOG = LoggerFactory.getLogger(ContainerEvents.class);

  private final List<Listener> listeners = new CopyOnWriteArrayList<>();

  /** Has its own identity, for the same consumer may listen twice. */
  private static final class Listener {
    private final Consumer<ContainerEventResponse> consumer;
    private boolean failed;

    Listener(Consumer<ContainerEventResponse> consumer) {
      this.consumer = consumer;
    }

    void tell(ContainerEventResponse event) {
      try {
        consumer.accept(event);
      } catch (RuntimeException e) {
        LOG.warn("a listener for container events failed and is dropped: {}", e.toString());
        failed = true;
      }
    }
  }

  @Override
  public Subscription subscribe(Consumer<ContainerEventResponse> listener) {
    Listener own = new Listener(listener);
    listeners.add(own);
    return () -> listeners.remove(own);
  }

  /** Something happened to a container. */
  public void of(PodContainer container, ContainerEventType type) {
    publish(container.id(), container.pod(), type);
  }

  /** Something happened to a sandbox, which CRI reports as it does of containers. */
  public void of(Pod pod, ContainerEventType type) {
    publish(pod.id(), pod, type);
  }

  private synchronized void publish(String id, Pod pod, ContainerEventType type) {
    if (listeners.isEmpty() || CheckPods.is(pod.record().handler())) {
      return;
    }
    ContainerEventResponse event =
        ContainerEventResponse.newBuilder()
            .setContainerId(id)
            .setContainerEventType(type)
            .setCreatedAt(Clocks.nanos(Instant.now()))
            .setPodSandboxStatus(PodMessages.status(pod.record()))
            .addAllContainersStatuses(
                pod.containers().stream()
                    .map(each -> ContainerMessages.status(each.record()))
                    .toList())
            .build();
    listeners.forEach(listener -> listener.tell(event));
    listeners.removeIf(listener -> listener.failed);
  }
}
