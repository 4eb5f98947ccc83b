package dev.cofferdam.operator.rollout;

import io.fabric8.kubernetes.api.model.ContainerStateTerminated;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.Pod;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * The pod of the DaemonSet on one node, as far as turns go.
 *
 * @param revision of the DaemonSet that it was made from
 * @param turn the order that it was given
 * @param ready whether it has carried out an order to install
 * @param ended how its container ended last: when an order failed, or had it removed
 */
public record Agent(
    String pod,
    String node,
    String revision,
    Optional<Turn> turn,
    boolean ready,
    Optional<Ended> ended) {

  /** The annotation that holds the order; kubelet shows it to the pod as a file. */
  public static final String TURN = "cofferdam.dev/turn";

  /** Labels that the chart gives these pods. */
  public static final Map<String, String> LABELS =
      Map.of("app.kubernetes.io/name", "cofferdam", "app.kubernetes.io/component", "node");

  /** How a container ended. */
  public record Ended(int exitCode, String message) {}

  /** Reads a pod's object. */
  public static Agent of(Pod pod) {
    List<ContainerStatus> statuses =
        pod.getStatus() == null ? List.of() : pod.getStatus().getContainerStatuses();
    return new Agent(
        pod.getMetadata().getName(),
        Objects.requireNonNullElse(pod.getSpec().getNodeName(), ""),
        pod.getMetadata().getLabels().getOrDefault("controller-revision-hash", ""),
        Optional.ofNullable(pod.getMetadata().getAnnotations())
            .map(annotations -> annotations.get(TURN))
            .flatMap(Turn::of),
        statuses.stream().anyMatch(status -> Boolean.TRUE.equals(status.getReady())),
        statuses.stream().flatMap(status -> ended(status).stream()).findFirst());
  }

  private static Optional<Ended> ended(ContainerStatus status) {
    ContainerStateTerminated now = status.getState().getTerminated();
    ContainerStateTerminated last = now == null ? status.getLastState().getTerminated() : now;
    return last == null
        ? Optional.empty()
        : Optional.of(
            new Ended(last.getExitCode(), Objects.requireNonNullElse(last.getMessage(), "")));
  }

  /** What came of its turn; empty: none yet, or not known as an install that is ready. */
  public Optional<Ended> outcome() {
    return turn.flatMap(given -> ended.filter(how -> how.message().startsWith(given.id() + ":")));
  }

  /** Whether it was given a turn, and that failed. */
  public boolean failed() {
    return !ready && outcome().filter(how -> how.exitCode() != 0).isPresent();
  }

  /** Whether its node is being changed. */
  public boolean atWork() {
    return turn.isPresent() && !ready && outcome().isEmpty();
  }
}
