package dev.cofferdam.shim.check;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.cofferdam.cri.v1.ContainerConfig;
import dev.cofferdam.cri.v1.ContainerMetadata;
import dev.cofferdam.cri.v1.ContainerState;
import dev.cofferdam.cri.v1.ContainerStatsRequest;
import dev.cofferdam.cri.v1.ContainerStatus;
import dev.cofferdam.cri.v1.ContainerStatusRequest;
import dev.cofferdam.cri.v1.CreateContainerRequest;
import dev.cofferdam.cri.v1.ExecSyncRequest;
import dev.cofferdam.cri.v1.ExecSyncResponse;
import dev.cofferdam.cri.v1.ImageSpec;
import dev.cofferdam.cri.v1.LinuxContainerConfig;
import dev.cofferdam.cri.v1.LinuxContainerResources;
import dev.cofferdam.cri.v1.PodSandboxConfig;
import dev.cofferdam.cri.v1.PodSandboxMetadata;
import dev.cofferdam.cri.v1.PodSandboxStatusRequest;
import dev.cofferdam.cri.v1.RemovePodSandboxRequest;
import dev.cofferdam.cri.v1.RunPodSandboxRequest;
import dev.cofferdam.cri.v1.RuntimeServiceGrpc.RuntimeServiceBlockingStub;
import dev.cofferdam.cri.v1.StartContainerRequest;
import dev.cofferdam.cri.v1.StopPodSandboxRequest;
import dev.cofferdam.sandbox.Deadline;
import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.SandboxException;
import dev.cofferdam.shim.client.CriClient;
import dev.cofferdam.shim.live.CheckPods;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A pod of a check, as a caller of CRI makes it. Calls fail with gRPC's {@code
 * StatusRuntimeException}, waits with {@link SandboxException}. Not thread-safe.
 */
final class CheckPod {
  private static final Duration POLL = Duration.ofMillis(20);
  private static final long EXEC_SECONDS = 20;

  private final CheckSite site;
  private final Deadline deadline;
  private final String handler;
  private final PodSandboxConfig config;
  private @Nullable String id;

  CheckPod(CheckSite site, String backend, String variant, Deadline deadline) {
    this.site = site;
    this.deadline = deadline;
    this.handler = CheckHandlers.handlerOf(backend, variant);
    this.config =
        PodSandboxConfig.newBuilder()
            .setMetadata(
                PodSandboxMetadata.newBuilder()
                    .setName(backend + "-" + variant)
                    .setNamespace("cofferdam-check")
                    .setUid(UUID.randomUUID().toString()))
            .setHostname("check")
            .setLogDirectory(site.logs().toString())
            .putLabels(CheckPods.LABEL, "true")
            .build();
  }

  void run() throws IOException {
    Files.createDirectories(site.logs());
    id =
        cri()
            .runPodSandbox(
                RunPodSandboxRequest.newBuilder()
                    .setConfig(config)
                    .setRuntimeHandler(handler)
                    .build())
            .getPodSandboxId();
  }

  String id() {
    if (id == null) {
      throw new IllegalStateException("the pod does not run yet");
    }
    return id;
  }

  /**
   * Starts the canary in a container.
   *
   * @param memoryBytes its limit; 0: none
   * @return the container's ID
   */
  String start(String name, long memoryBytes, List<String> command) {
    String container =
        cri()
            .createContainer(
                CreateContainerRequest.newBuilder()
                    .setPodSandboxId(id())
                    .setSandboxConfig(config)
                    .setConfig(
                        ContainerConfig.newBuilder()
                            .setMetadata(ContainerMetadata.newBuilder().setName(name))
                            .setImage(ImageSpec.newBuilder().setImage(site.image()))
                            .addAllArgs(command)
                            .setLogPath(logOf(name).getFileName().toString())
                            .putLabels(CheckPods.LABEL, "true")
                            .setLinux(
                                LinuxContainerConfig.newBuilder()
                                    .setResources(
                                        LinuxContainerResources.newBuilder()
                                            .setMemoryLimitInBytes(memoryBytes))))
                    .build())
            .getContainerId();
    var _ =
        cri().startContainer(StartContainerRequest.newBuilder().setContainerId(container).build());
    return container;
  }

  private Path logOf(String name) {
    return site.logs().resolve(name + ".log");
  }

  /** Waits until a container's log, in CRI's format, has this as a line. */
  void awaitLog(String name, String line) throws IOException, InterruptedException {
    Path file = logOf(name);
    String end = " stdout F " + line;
    while (!Files.exists(file)
        || Files.readAllLines(file).stream().noneMatch(l -> l.endsWith(end))) {
      pause("the line \"" + line + "\" in " + file);
    }
  }

  /** What a command in a container writes. */
  String exec(String container, List<String> command) {
    ExecSyncResponse answer =
        cri()
            .execSync(
                ExecSyncRequest.newBuilder()
                    .setContainerId(container)
                    .addAllCmd(command)
                    .setTimeout(EXEC_SECONDS)
                    .build());
    if (answer.getExitCode() != 0) {
      throw new SandboxException(
          ErrorCode.PROGRAM_FAILED,
          "%s exited with %d: %s"
              .formatted(command, answer.getExitCode(), answer.getStderr().toStringUtf8().strip()));
    }
    return answer.getStdout().toStringUtf8();
  }

  /** Waits until a container has ended. */
  ContainerStatus awaitExit(String container) throws InterruptedException {
    while (true) {
      ContainerStatus status = status(container);
      if (status.getState() == ContainerState.CONTAINER_EXITED) {
        return status;
      }
      pause("the end of container " + status.getMetadata().getName());
    }
  }

  ContainerStatus status(String container) {
    return cri()
        .containerStatus(ContainerStatusRequest.newBuilder().setContainerId(container).build())
        .getStatus();
  }

  /** What CRI says of a container's use. */
  ContainerUse use(String container) {
    var stats =
        cri()
            .containerStats(ContainerStatsRequest.newBuilder().setContainerId(container).build())
            .getStats();
    return new ContainerUse(
        stats.getMemory().getWorkingSetBytes().getValue(),
        stats.getCpu().getUsageCoreNanoSeconds().getValue());
  }

  /** What a workload uses by itself. */
  record ContainerUse(long memoryBytes, long cpuNanos) {}

  /** Its first address, as the network gave it. */
  String address() {
    return cri()
        .podSandboxStatus(PodSandboxStatusRequest.newBuilder().setPodSandboxId(id()).build())
        .getStatus()
        .getNetwork()
        .getIp();
  }

  /** What is known of the pod beside its status; for people, and so not a stable interface. */
  JsonNode info() {
    String info =
        cri()
            .podSandboxStatus(
                PodSandboxStatusRequest.newBuilder().setPodSandboxId(id()).setVerbose(true).build())
            .getInfoOrDefault("info", "{}");
    try {
      return CheckJson.MAPPER.readTree(info);
    } catch (JsonProcessingException e) {
      throw new SandboxException(ErrorCode.INTERNAL, "the info of pod sandbox " + id + ": " + e, e);
    }
  }

  /** Ends it and removes it. */
  void remove(Deadline until) {
    remove(site.client(), id(), until);
  }

  /** Ends a pod and removes it. */
  static void remove(CriClient client, String id, Deadline until) {
    var _ =
        within(client, until)
            .stopPodSandbox(StopPodSandboxRequest.newBuilder().setPodSandboxId(id).build());
    var _ =
        within(client, until)
            .removePodSandbox(RemovePodSandboxRequest.newBuilder().setPodSandboxId(id).build());
  }

  private RuntimeServiceBlockingStub cri() {
    return within(site.client(), deadline);
  }

  static RuntimeServiceBlockingStub within(CriClient client, Deadline deadline) {
    return client
        .runtime()
        .withDeadlineAfter(Math.max(1, deadline.remaining().toNanos()), TimeUnit.NANOSECONDS);
  }

  private void pause(String what) throws InterruptedException {
    if (deadline.passed()) {
      throw new SandboxException(ErrorCode.DEADLINE_EXCEEDED, "no sign of " + what + " in time");
    }
    Thread.sleep(POLL);
  }
}
