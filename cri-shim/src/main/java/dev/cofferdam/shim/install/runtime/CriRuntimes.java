package dev.cofferdam.shim.install.runtime;

import dev.cofferdam.cri.v1.ContainerFilter;
import dev.cofferdam.cri.v1.ContainerState;
import dev.cofferdam.cri.v1.ContainerStateValue;
import dev.cofferdam.cri.v1.ListContainersRequest;
import dev.cofferdam.cri.v1.ListPodSandboxRequest;
import dev.cofferdam.cri.v1.PodSandbox;
import dev.cofferdam.cri.v1.PodSandboxFilter;
import dev.cofferdam.cri.v1.RemovePodSandboxRequest;
import dev.cofferdam.cri.v1.StopPodSandboxRequest;
import dev.cofferdam.cri.v1.VersionRequest;
import dev.cofferdam.cri.v1.VersionResponse;
import dev.cofferdam.sandbox.Deadline;
import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.SandboxException;
import dev.cofferdam.shim.client.CriClient;
import dev.cofferdam.shim.install.Runtimes;
import dev.cofferdam.shim.live.CheckPods;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.stream.Collectors;

/** The real runtimes. Thread-safe: each call has a connection of its own. */
public final class CriRuntimes implements Runtimes {
  private static final int CANARIES = 12;
  private static final int ENDED_OF_RUNC = 4;
  private static final Duration PAUSE = Duration.ofSeconds(1);

  /** Five times the pause between two of kubelet's looks. */
  private static final Duration HOPELESS = Duration.ofSeconds(10);

  private final Duration hopeless;

  public CriRuntimes() {
    this(HOPELESS);
  }

  /**
   * @param hopeless where runc's canary was ended by kubelet after so long, the next one will be
   */
  CriRuntimes(Duration hopeless) {
    this.hopeless = hopeless;
  }

  @Override
  public String version(Path socket, Duration timeout) {
    return call(
        socket,
        "ask for its version",
        client -> {
          VersionResponse version =
              client
                  .runtime()
                  .withDeadlineAfter(timeout.toMillis(), TimeUnit.MILLISECONDS)
                  .version(VersionRequest.getDefaultInstance());
          return version.getRuntimeName() + " " + version.getRuntimeVersion();
        });
  }

  @Override
  public Proof prove(Path socket, String handler, Duration timeout) throws InterruptedException {
    Deadline deadline = Deadline.after(timeout);
    try (CriClient client = new CriClient(socket)) {
      return prove(client, socket.resolveSibling("canary"), handler, deadline);
    } catch (StatusRuntimeException e) {
      throw failure("run a canary with " + (handler.isEmpty() ? "runc" : handler), socket, e);
    }
  }

  /**
   * More than once if need be: kubelet looks every two seconds for pods that it has not ordered,
   * and ends them, also while they are being made; and the shim may still be checking its node. On
   * a slow machine kubelet always comes first. A pod of containerd's own was made all the same:
   * that the shim lets it through is shown. A wall's is to run, for it might have ended by itself.
   */
  private Proof prove(CriClient client, Path logs, String handler, Deadline deadline)
      throws InterruptedException {
    int ended = 0;
    for (int left = CANARIES; ; left--) {
      long begun = System.nanoTime();
      try {
        if (new CanaryPod(client, logs, handler, deadline).run() == CanaryPod.Way.WHOLE) {
          return Proof.WHOLE_WAY;
        }
        ended++;
        boolean slow = System.nanoTime() - begun > hopeless.toNanos();
        if (slow || ended == ENDED_OF_RUNC) {
          return Proof.ENDED_BY_KUBELET;
        }
        throw new SandboxException(
            ErrorCode.PROGRAM_FAILED,
            "the canary's sandbox ended before its container ran, by kubelet's hand");
      } catch (IOException e) {
        throw new SandboxException(ErrorCode.INTERNAL, "the canary's log: " + e, e);
      } catch (StatusRuntimeException | SandboxException e) {
        // Of a next one without time left nobody would learn more than that.
        if (left == 1 || deadline.remaining().compareTo(PAUSE) <= 0) {
          throw e;
        }
        Thread.sleep(PAUSE);
      }
    }
  }

  @Override
  public String sandboxImage(Path socket, Duration timeout) {
    return call(socket, "list images", client -> SandboxImage.of(client, timeout))
        .getRepoTagsList()
        .getFirst();
  }

  @Override
  public boolean runs(Path socket, String namespace, String pod, Duration timeout) {
    ContainerFilter running =
        ContainerFilter.newBuilder()
            .setState(ContainerStateValue.newBuilder().setState(ContainerState.CONTAINER_RUNNING))
            .putLabelSelector("io.kubernetes.pod.namespace", namespace)
            .build();
    return call(
        socket,
        "list containers",
        client ->
            client
                .runtime()
                .withDeadlineAfter(timeout.toMillis(), TimeUnit.MILLISECONDS)
                .listContainers(ListContainersRequest.newBuilder().setFilter(running).build())
                .getContainersList()
                .stream()
                .map(container -> container.getLabelsOrDefault("io.kubernetes.pod.name", ""))
                .anyMatch(name -> name.startsWith(pod)));
  }

  @Override
  public List<WalledPod> walled(Path shim, Path containerd, Duration timeout) {
    Set<String> beneath =
        list(containerd, timeout).stream().map(PodSandbox::getId).collect(Collectors.toSet());
    return list(shim, timeout).stream()
        .filter(pod -> !beneath.contains(pod.getId()) && !CheckPods.is(pod.getRuntimeHandler()))
        .map(
            pod ->
                new WalledPod(
                    pod.getId(),
                    pod.getMetadata().getNamespace(),
                    pod.getMetadata().getName(),
                    pod.getRuntimeHandler()))
        .toList();
  }

  private static List<PodSandbox> list(Path socket, Duration timeout) {
    return call(
        socket,
        "list pods",
        client ->
            client
                .runtime()
                .withDeadlineAfter(timeout.toMillis(), TimeUnit.MILLISECONDS)
                .listPodSandbox(ListPodSandboxRequest.getDefaultInstance())
                .getItemsList());
  }

  @Override
  public void endUnseen(Path shim, Duration timeout) {
    Deadline deadline = Deadline.after(timeout);
    var _ =
        call(
            shim,
            "end canaries and pods of checks",
            client -> {
              endLabelled(client, CheckPods.CANARY_LABEL, deadline);
              endLabelled(client, CheckPods.LABEL, deadline);
              return client;
            });
  }

  static void endLabelled(CriClient client, String label, Deadline deadline) {
    PodSandboxFilter labelled =
        PodSandboxFilter.newBuilder().putLabelSelector(label, "true").build();
    long millis = Math.max(1, deadline.remaining().toMillis());
    client
        .runtime()
        .withDeadlineAfter(millis, TimeUnit.MILLISECONDS)
        .listPodSandbox(ListPodSandboxRequest.newBuilder().setFilter(labelled).build())
        .getItemsList()
        .forEach(pod -> end(client, pod.getId(), deadline));
  }

  @Override
  public void end(Path socket, WalledPod pod, Duration timeout) {
    var _ =
        call(
            socket,
            "end the pod " + pod,
            client -> {
              end(client, pod.id(), Deadline.after(timeout));
              return pod;
            });
  }

  static void end(CriClient client, String id, Deadline deadline) {
    long millis = Math.max(1, deadline.remaining().toMillis());
    var runtime = client.runtime().withDeadlineAfter(millis, TimeUnit.MILLISECONDS);
    var _ = runtime.stopPodSandbox(StopPodSandboxRequest.newBuilder().setPodSandboxId(id).build());
    var _ =
        runtime.removePodSandbox(RemovePodSandboxRequest.newBuilder().setPodSandboxId(id).build());
  }

  private static <T> T call(Path socket, String what, Function<CriClient, T> call) {
    try (CriClient client = new CriClient(socket)) {
      return call.apply(client);
    } catch (StatusRuntimeException e) {
      throw failure(what, socket, e);
    }
  }

  private static SandboxException failure(String what, Path socket, StatusRuntimeException e) {
    Throwable cause = e.getCause();
    while (cause != null && cause.getCause() != null) {
      cause = cause.getCause();
    }
    return new SandboxException(
        ErrorCode.UNAVAILABLE,
        "could not %s on %s: %s"
            .formatted(what, socket, cause == null ? e.getStatus() : cause.toString()),
        e);
  }
}
