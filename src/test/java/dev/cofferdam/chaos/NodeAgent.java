package dev.cofferdam.chaos;

import dev.cofferdam.cri.v1.Container;
import dev.cofferdam.cri.v1.ContainerFilter;
import dev.cofferdam.cri.v1.ContainerState;
import dev.cofferdam.cri.v1.ContainerStatus;
import dev.cofferdam.cri.v1.ContainerStatusRequest;
import dev.cofferdam.cri.v1.CreateContainerRequest;
import dev.cofferdam.cri.v1.ListContainersRequest;
import dev.cofferdam.cri.v1.ListPodSandboxRequest;
import dev.cofferdam.cri.v1.PodSandbox;
import dev.cofferdam.cri.v1.PodSandboxFilter;
import dev.cofferdam.cri.v1.PodSandboxState;
import dev.cofferdam.cri.v1.RemoveContainerRequest;
import dev.cofferdam.cri.v1.RemovePodSandboxRequest;
import dev.cofferdam.cri.v1.RunPodSandboxRequest;
import dev.cofferdam.cri.v1.StartContainerRequest;
import dev.cofferdam.cri.v1.StopContainerRequest;
import dev.cofferdam.cri.v1.StopPodSandboxRequest;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/**
 * What kubelet does with pods: it looks what is there, does the next thing that is missing, and
 * when a call fails begins again, with the same requests. Where something ended that nobody touched
 * it throws an {@link AssertionError}.
 */
final class NodeAgent {
  /** Far beyond what anything takes on a busy machine. */
  private static final Duration PATIENCE = Duration.ofMinutes(5);

  private static final Duration PAUSE = Duration.ofMillis(50);
  private static final long GRACE_SECONDS = 2;

  private final Cri cri;

  NodeAgent(Cri cri) {
    this.cri = cri;
  }

  /** One try. */
  interface Attempt {
    /** Whether it is done. */
    boolean run();
  }

  /** Tries again until it is done, or the pod, which may, has ended. */
  void persist(String what, ChaosPod pod, Attempt attempt) {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    String last = "it never got anywhere";
    do {
      try {
        if (attempt.run()) {
          return;
        }
      } catch (StatusRuntimeException e) {
        last = e.getStatus().toString();
        if (e.getStatus().getCode() == Status.Code.INVALID_ARGUMENT) {
          throw new AssertionError("%s: %s".formatted(what, pod), e);
        }
      }
      if (pod.mayEnd && pod.runs() && hasEnded(pod)) {
        return;
      }
      LockSupport.parkNanos(PAUSE.toNanos());
    } while (System.nanoTime() < deadline);
    throw new AssertionError(
        "could not %s %s within %s; the last answer: %s".formatted(what, pod, PATIENCE, last));
  }

  /** Brings a pod up, from whatever state it is in. */
  void run(ChaosPod pod) {
    persist("run", pod, () -> haveSandbox(pod) && haveContainer(pod) && identify(pod));
  }

  private boolean haveSandbox(ChaosPod pod) {
    List<PodSandbox> listed = sandboxes(pod);
    for (PodSandbox sandbox : listed) {
      if (sandbox.getState() == PodSandboxState.SANDBOX_READY) {
        require(
            pod.sandboxId.isEmpty() || pod.sandboxId.equals(sandbox.getId()),
            "%s has another sandbox: %s".formatted(pod, sandbox));
        pod.sandboxId = sandbox.getId();
        return true;
      }
    }
    boolean given = !pod.sandboxId.isEmpty();
    require(!given || pod.mayEnd, "%s has lost its sandbox; listed: %s".formatted(pod, listed));
    for (PodSandbox sandbox : listed) {
      removeSandbox(sandbox.getId());
      pod.attempt = Math.max(pod.attempt, sandbox.getMetadata().getAttempt() + 1);
    }
    pod.forgetSandbox();
    pod.sandboxId =
        cri.once()
            .runPodSandbox(
                RunPodSandboxRequest.newBuilder()
                    .setConfig(pod.config())
                    .setRuntimeHandler(pod.handler())
                    .build())
            .getPodSandboxId();
    return true;
  }

  private boolean haveContainer(ChaosPod pod) {
    List<Container> listed = containers(pod);
    for (Container container : listed) {
      if (container.getState() == ContainerState.CONTAINER_RUNNING) {
        pod.containerId = container.getId();
        return true;
      }
      if (container.getState() == ContainerState.CONTAINER_CREATED) {
        start(pod, container.getId());
        return true;
      }
    }
    require(
        !pod.runs() || pod.mayEnd,
        () -> "%s has lost its container; listed: %s".formatted(pod, statuses(listed)));
    for (Container container : listed) {
      require(
          pod.mayEnd || pod.mayFailToStart,
          () -> "%s's container ended: %s".formatted(pod, status(container.getId())));
      removeContainer(container.getId());
      pod.containerAttempt =
          Math.max(pod.containerAttempt, container.getMetadata().getAttempt() + 1);
    }
    pod.forgetContainer();
    String id =
        cri.once()
            .createContainer(
                CreateContainerRequest.newBuilder()
                    .setPodSandboxId(pod.sandboxId)
                    .setConfig(pod.containerConfig())
                    .setSandboxConfig(pod.config())
                    .build())
            .getContainerId();
    start(pod, id);
    return true;
  }

  private void start(ChaosPod pod, String id) {
    var _ =
        cri.once().startContainer(StartContainerRequest.newBuilder().setContainerId(id).build());
    pod.containerId = id;
  }

  /** Whether the container answers; it must be the one that it was. */
  boolean identify(ChaosPod pod) {
    String said = Inside.identity(cri, pod);
    if (said.isEmpty()) {
      return false; // it has not come to its token yet
    }
    require(
        !pod.runs() || pod.identity.equals(said),
        "%s is no longer what it was: '%s', not '%s'".formatted(pod, said, pod.identity));
    pod.identity = said;
    return true;
  }

  /**
   * Takes a pod away.
   *
   * @param way 0: step by step, 1: by its sandbox, 2: at once
   */
  void remove(ChaosPod pod, int way) {
    pod.forgetIdentity();
    if (way == 0 && !pod.containerId.isEmpty()) {
      persist("stop the container of", pod, () -> stopContainer(pod.containerId));
    }
    persist(
        "remove",
        pod,
        () -> {
          List<PodSandbox> listed = sandboxes(pod);
          for (PodSandbox sandbox : listed) {
            if (way < 2) {
              var _ =
                  cri.once()
                      .stopPodSandbox(
                          StopPodSandboxRequest.newBuilder()
                              .setPodSandboxId(sandbox.getId())
                              .build());
            }
            if (way == 0) {
              containers(pod).forEach(container -> removeContainer(container.getId()));
            }
            var _ =
                cri.once()
                    .removePodSandbox(
                        RemovePodSandboxRequest.newBuilder()
                            .setPodSandboxId(sandbox.getId())
                            .build());
          }
          return listed.isEmpty();
        });
    pod.forgetSandbox();
  }

  /** As kubelet after a failed liveness probe. */
  void restartContainer(ChaosPod pod) {
    String old = pod.containerId;
    pod.forgetIdentity();
    persist(
        "stop and remove the container of",
        pod,
        () -> {
          if (containers(pod).stream().noneMatch(container -> container.getId().equals(old))) {
            return true;
          }
          var _ = stopContainer(old);
          removeContainer(old);
          return true;
        });
    pod.forgetContainer();
    pod.containerAttempt++;
    run(pod);
  }

  boolean stopContainer(String id) {
    try {
      var _ =
          cri.once()
              .stopContainer(
                  StopContainerRequest.newBuilder()
                      .setContainerId(id)
                      .setTimeout(GRACE_SECONDS)
                      .build());
    } catch (StatusRuntimeException e) {
      if (e.getStatus().getCode() != Status.Code.NOT_FOUND) {
        throw e;
      }
    }
    return true;
  }

  private void removeContainer(String id) {
    var _ =
        cri.once().removeContainer(RemoveContainerRequest.newBuilder().setContainerId(id).build());
  }

  private void removeSandbox(String id) {
    var _ =
        cri.once().stopPodSandbox(StopPodSandboxRequest.newBuilder().setPodSandboxId(id).build());
    var _ =
        cri.once()
            .removePodSandbox(RemovePodSandboxRequest.newBuilder().setPodSandboxId(id).build());
  }

  List<PodSandbox> sandboxes(ChaosPod pod) {
    return cri.once()
        .listPodSandbox(
            ListPodSandboxRequest.newBuilder()
                .setFilter(
                    PodSandboxFilter.newBuilder().putLabelSelector(ChaosPod.UID_LABEL, pod.uid()))
                .build())
        .getItemsList();
  }

  List<Container> containers(ChaosPod pod) {
    return cri.once()
        .listContainers(
            ListContainersRequest.newBuilder()
                .setFilter(
                    ContainerFilter.newBuilder().putLabelSelector(ChaosPod.UID_LABEL, pod.uid()))
                .build())
        .getContainersList();
  }

  ContainerStatus status(String containerId) {
    return cri.once()
        .containerStatus(ContainerStatusRequest.newBuilder().setContainerId(containerId).build())
        .getStatus();
  }

  private List<ContainerStatus> statuses(List<Container> containers) {
    return containers.stream().map(container -> status(container.getId())).toList();
  }

  /** Whether it is known to have ended; false while nobody answers. */
  boolean hasEnded(ChaosPod pod) {
    try {
      boolean ready =
          sandboxes(pod).stream()
              .anyMatch(
                  sandbox ->
                      sandbox.getId().equals(pod.sandboxId)
                          && sandbox.getState() == PodSandboxState.SANDBOX_READY);
      return !ready
          || containers(pod).stream()
              .noneMatch(
                  container ->
                      container.getId().equals(pod.containerId)
                          && container.getState() == ContainerState.CONTAINER_RUNNING);
    } catch (StatusRuntimeException e) {
      return false;
    }
  }

  private static void require(boolean condition, String message) {
    require(condition, () -> message);
  }

  private static void require(boolean condition, java.util.function.Supplier<String> message) {
    if (!condition) {
      throw new AssertionError(message.get());
    }
  }
}
