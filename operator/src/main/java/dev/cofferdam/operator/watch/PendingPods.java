package dev.cofferdam.operator.watch;

import dev.cofferdam.operator.model.Events;
import dev.cofferdam.operator.model.Reason;
import dev.cofferdam.operator.reconcile.Teller;
import io.fabric8.kubernetes.api.model.ObjectReference;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * Tells pods that wait for a node why there is none: the scheduler can only say that no label
 * matches. Once a pod, and again when the reason changes. Thread-safe.
 */
public final class PendingPods {
  private final KubernetesClient client;
  private final Teller teller;
  private final Watches watches = new Watches();
  private final Map<String, Waiting> pods = new HashMap<>();
  private final Map<String, String> reasons = new HashMap<>();

  private record Waiting(ObjectReference pod, String runtimeClass, String told) {}

  public PendingPods(KubernetesClient client, Teller teller) {
    this.client = client;
    this.teller = teller;
  }

  public void start() {
    watches.start(
        client
            .pods()
            .inAnyNamespace()
            .withField("spec.nodeName", "")
            .withField("status.phase", "Pending"),
        Pod::new,
        this::seen,
        this::gone);
  }

  public void stop() {
    watches.close();
  }

  /** Whether a node can serve the pods of a class. */
  public synchronized void nodes(String runtimeClass, Optional<String> whyNone) {
    if (whyNone.isEmpty()) {
      reasons.remove(runtimeClass);
      return;
    }
    if (!whyNone.get().equals(reasons.put(runtimeClass, whyNone.get()))) {
      pods.replaceAll((uid, pod) -> pod.runtimeClass().equals(runtimeClass) ? told(pod) : pod);
    }
  }

  /** How many pods of a class wait for a node. */
  public synchronized int count(String runtimeClass) {
    return (int)
        pods.values().stream().filter(pod -> pod.runtimeClass().equals(runtimeClass)).count();
  }

  private synchronized void seen(Pod pod) {
    String runtimeClass = pod.getSpec().getRuntimeClassName();
    if (runtimeClass == null || pod.getMetadata().getDeletionTimestamp() != null) {
      return;
    }
    Waiting waiting =
        Objects.requireNonNullElseGet(
            pods.get(pod.getMetadata().getUid()),
            () -> new Waiting(Events.about(pod), runtimeClass, ""));
    pods.put(pod.getMetadata().getUid(), told(waiting));
  }

  private synchronized void gone(Pod thin) {
    pods.remove(thin.getMetadata().getUid());
  }

  private Waiting told(Waiting waiting) {
    String reason = reasons.get(waiting.runtimeClass());
    if (reason == null || reason.equals(waiting.told())) {
      return waiting;
    }
    teller.tell(
        waiting.pod(),
        Reason.NO_ELIGIBLE_NODE,
        "RuntimeClass %s: %s".formatted(waiting.runtimeClass(), reason));
    return new Waiting(waiting.pod(), waiting.runtimeClass(), reason);
  }
}
