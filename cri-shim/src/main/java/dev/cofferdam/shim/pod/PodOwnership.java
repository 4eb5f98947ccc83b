package dev.cofferdam.shim.pod;

import dev.cofferdam.shim.front.Ownership;
import dev.cofferdam.shim.handler.Handlers;
import dev.cofferdam.shim.live.LogFields;
import dev.cofferdam.shim.live.PodContainer;
import dev.cofferdam.shim.live.Pods;
import java.util.Map;
import java.util.Optional;

/** Ours is what our handlers made. */
final class PodOwnership implements Ownership {
  private final Pods pods;
  private final Handlers handlers;
  private volatile boolean ready;

  PodOwnership(Pods pods, Handlers handlers) {
    this.pods = pods;
    this.handlers = handlers;
  }

  void adopted() {
    ready = true;
  }

  @Override
  public boolean ready() {
    return ready;
  }

  @Override
  public boolean ownsHandler(String handler) {
    return handlers.owns(handler);
  }

  @Override
  public Map<String, String> describe(String id) {
    return pods.findContainer(id)
        .map(LogFields::fields)
        .or(() -> pods.findPod(id).map(LogFields::fields))
        .orElse(Map.of());
  }

  @Override
  public void answered(String rpc, String subject, String outcome) {
    pods.findPod(subject)
        .or(() -> pods.findContainer(subject).map(PodContainer::pod))
        .ifPresent(pod -> pod.calls().add(rpc + " " + subject + ": " + outcome));
  }

  @Override
  public Optional<String> sandboxId(String idOrPrefix) {
    return pods.podId(idOrPrefix);
  }

  @Override
  public Optional<String> containerId(String idOrPrefix) {
    return pods.containerId(idOrPrefix);
  }
}
