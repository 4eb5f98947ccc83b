package dev.cofferdam.shim.install.runtime;

import dev.cofferdam.cri.v1.ContainerConfig;
import dev.cofferdam.cri.v1.ContainerMetadata;
import dev.cofferdam.cri.v1.ContainerState;
import dev.cofferdam.cri.v1.ContainerStatus;
import dev.cofferdam.cri.v1.ContainerStatusRequest;
import dev.cofferdam.cri.v1.CreateContainerRequest;
import dev.cofferdam.cri.v1.ImageSpec;
import dev.cofferdam.cri.v1.ListPodSandboxRequest;
import dev.cofferdam.cri.v1.PodSandboxConfig;
import dev.cofferdam.cri.v1.PodSandboxFilter;
import dev.cofferdam.cri.v1.PodSandboxMetadata;
import dev.cofferdam.cri.v1.PodSandboxState;
import dev.cofferdam.cri.v1.PodSandboxStatusRequest;
import dev.cofferdam.cri.v1.RunPodSandboxRequest;
import dev.cofferdam.cri.v1.RuntimeServiceGrpc.RuntimeServiceBlockingStub;
import dev.cofferdam.cri.v1.StartContainerRequest;
import dev.cofferdam.linux.Trees;
import dev.cofferdam.sandbox.Deadline;
import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.SandboxException;
import dev.cofferdam.shim.client.CriClient;
import dev.cofferdam.shim.live.CheckPods;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.TimeUnit;

/**
 * A pod with a network address and one container, of the image that containerd has on every node:
 * the one of its own sandboxes. What the wall is good for, the node's own checks look at; this asks
 * whether a pod gets through here.
 */
final class CanaryPod {
  private static final Duration REMOVAL = Duration.ofSeconds(30);
  private static final Duration LEAST_WAIT = Duration.ofSeconds(1);
  private static final Duration POLL = Duration.ofMillis(200);

  /**
   * Never without one: kubelet removes dead containers that it doesn't know, and with them all
   * files whose names begin with their log's (pkg/kubelet/logs, Clean). Where there is no log's
   * name those are all files of kubelet's working directory, which is {@code /}.
   */
  private static final String LOG = "canary.log";

  /** How far it came. */
  enum Way {
    WHOLE,
    /** Made by runc, and ended by kubelet, which did not order it, before its container ran. */
    ENDED
  }

  private final CriClient client;
  private final Path logs;
  private final String handler;
  private final Deadline deadline;
  private final PodSandboxConfig config;
  private final long begun = System.nanoTime();

  /**
   * @param logs a folder for its log, which is made and removed
   */
  CanaryPod(CriClient client, Path logs, String handler, Deadline deadline) {
    this.client = client;
    this.logs = logs;
    this.handler = handler;
    this.deadline = deadline;
    this.config =
        PodSandboxConfig.newBuilder()
            .setMetadata(
                PodSandboxMetadata.newBuilder()
                    .setName("canary")
                    .setNamespace("cofferdam-install")
                    .setUid(UUID.randomUUID().toString()))
            .putLabels(CheckPods.CANARY_LABEL, "true")
            .setLogDirectory(logs.toString())
            .setLinux(CanaryParent.askedOf(cri()))
            .build();
  }

  /** Runs it and removes it, with those of an installer that was killed. */
  Way run() throws IOException, InterruptedException {
    sweep();
    Files.createDirectories(logs);
    Way way;
    try {
      String id =
          cri()
              .runPodSandbox(
                  RunPodSandboxRequest.newBuilder()
                      .setConfig(config)
                      // Behind a wall kubelet doesn't see it, and lets it live.
                      .setRuntimeHandler(handler.isEmpty() ? "" : CheckPods.CANARY_PREFIX + handler)
                      .build())
              .getPodSandboxId();
      way = useful(id);
    } catch (RuntimeException e) {
      try {
        sweep();
      } catch (StatusRuntimeException left) {
        e.addSuppressed(left);
      }
      throw e;
    }
    sweep();
    Trees.delete(logs);
    return way;
  }

  private Way useful(String pod) throws InterruptedException {
    try {
      requireAddress(pod);
      requireRunning(start(pod));
      return Way.WHOLE;
    } catch (RuntimeException e) {
      if (!handler.isEmpty() || !ends(pod)) {
        throw e;
      }
      return Way.ENDED;
    }
  }

  /**
   * Whether somebody is ending it. What kubelet kills is ready for the runtime until that has seen
   * it, which takes a slow machine seconds: as long again as the pod took until now is waited.
   */
  private boolean ends(String pod) throws InterruptedException {
    Deadline seen =
        Deadline.after(Duration.ofNanos(System.nanoTime() - begun).plus(LEAST_WAIT))
            .atMost(deadline.remaining());
    while (isReady(pod)) {
      if (seen.passed()) {
        return false;
      }
      Thread.sleep(POLL);
    }
    return true;
  }

  private boolean isReady(String pod) {
    return client
        .runtime()
        .withDeadlineAfter(REMOVAL.toMillis(), TimeUnit.MILLISECONDS)
        .listPodSandbox(
            ListPodSandboxRequest.newBuilder()
                .setFilter(PodSandboxFilter.newBuilder().setId(pod))
                .build())
        .getItemsList()
        .stream()
        .anyMatch(found -> found.getState() == PodSandboxState.SANDBOX_READY);
  }

  private String start(String pod) {
    String container =
        cri()
            .createContainer(
                CreateContainerRequest.newBuilder()
                    .setPodSandboxId(pod)
                    .setSandboxConfig(config)
                    .setConfig(
                        ContainerConfig.newBuilder()
                            .setMetadata(ContainerMetadata.newBuilder().setName("canary"))
                            .setLogPath(LOG)
                            .setImage(
                                ImageSpec.newBuilder()
                                    .setImage(
                                        SandboxImage.of(client, deadline.remaining()).getId())))
                    .build())
            .getContainerId();
    var _ =
        cri().startContainer(StartContainerRequest.newBuilder().setContainerId(container).build());
    return container;
  }

  private void requireAddress(String pod) {
    String address =
        cri()
            .podSandboxStatus(PodSandboxStatusRequest.newBuilder().setPodSandboxId(pod).build())
            .getStatus()
            .getNetwork()
            .getIp();
    if (address.isEmpty()) {
      throw new SandboxException(ErrorCode.PROGRAM_FAILED, "the canary has no network address");
    }
  }

  private void requireRunning(String container) {
    ContainerStatus status =
        cri()
            .containerStatus(ContainerStatusRequest.newBuilder().setContainerId(container).build())
            .getStatus();
    if (status.getState() != ContainerState.CONTAINER_RUNNING) {
      throw new SandboxException(
          ErrorCode.PROGRAM_FAILED,
          "the canary's container does not run: %s, %s, exit code %d"
              .formatted(status.getState(), status.getReason(), status.getExitCode()));
    }
  }

  private void sweep() {
    CriRuntimes.endLabelled(client, CheckPods.CANARY_LABEL, Deadline.after(REMOVAL));
  }

  private long remainingMillis() {
    return Math.max(1, deadline.remaining().toMillis());
  }

  private RuntimeServiceBlockingStub cri() {
    return client.runtime().withDeadlineAfter(remainingMillis(), TimeUnit.MILLISECONDS);
  }
}
