package dev.cofferdam.e2e;

import dev.cofferdam.cri.v1.ContainerConfig;
import dev.cofferdam.cri.v1.ContainerMetadata;
import dev.cofferdam.cri.v1.ContainerStatus;
import dev.cofferdam.cri.v1.ContainerStatusRequest;
import dev.cofferdam.cri.v1.CreateContainerRequest;
import dev.cofferdam.cri.v1.ExecSyncRequest;
import dev.cofferdam.cri.v1.ExecSyncResponse;
import dev.cofferdam.cri.v1.ImageSpec;
import dev.cofferdam.cri.v1.Mount;
import dev.cofferdam.cri.v1.PodSandboxConfig;
import dev.cofferdam.cri.v1.PodSandboxMetadata;
import dev.cofferdam.cri.v1.PodSandboxState;
import dev.cofferdam.cri.v1.PodSandboxStatusRequest;
import dev.cofferdam.cri.v1.RemovePodSandboxRequest;
import dev.cofferdam.cri.v1.RunPodSandboxRequest;
import dev.cofferdam.cri.v1.RuntimeServiceGrpc.RuntimeServiceBlockingStub;
import dev.cofferdam.cri.v1.StartContainerRequest;
import dev.cofferdam.cri.v1.StopPodSandboxRequest;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Supplier;

/** A pod with one container, made as kubelet makes it: by the shim's socket, and nothing else. */
final class CriPod {
  /** What {@code crictl pull} brings. */
  static final String IMAGE = "docker.io/library/busybox:latest";

  private final Supplier<RuntimeServiceBlockingStub> cri;
  private final PodSandboxConfig config;
  private final String handler;
  private String sandbox = "";
  private String container = "";

  /**
   * @param cri one for each call, with a deadline of its own
   * @param logs a folder for its container's log
   */
  CriPod(Supplier<RuntimeServiceBlockingStub> cri, String name, String handler, String logs) {
    this.cri = cri;
    this.handler = handler;
    this.config =
        PodSandboxConfig.newBuilder()
            .setMetadata(
                PodSandboxMetadata.newBuilder().setName(name).setNamespace("test").setUid(name))
            .setHostname(name)
            .setLogDirectory(logs + "/" + name)
            .build();
  }

  /** RunPodSandbox. */
  CriPod run() {
    sandbox =
        cri.get()
            .runPodSandbox(
                RunPodSandboxRequest.newBuilder()
                    .setConfig(config)
                    .setRuntimeHandler(handler)
                    .build())
            .getPodSandboxId();
    return this;
  }

  /** CreateContainer and StartContainer. */
  CriPod start(List<String> command, Mount... mounts) {
    container =
        cri.get()
            .createContainer(
                CreateContainerRequest.newBuilder()
                    .setPodSandboxId(sandbox)
                    .setSandboxConfig(config)
                    .setConfig(
                        ContainerConfig.newBuilder()
                            .setMetadata(ContainerMetadata.newBuilder().setName("main"))
                            .setImage(ImageSpec.newBuilder().setImage(IMAGE))
                            .addAllCommand(command)
                            .addAllMounts(List.of(mounts))
                            .setLogPath("main.log"))
                    .build())
            .getContainerId();
    var _ =
        cri.get()
            .startContainer(StartContainerRequest.newBuilder().setContainerId(container).build());
    return this;
  }

  static Mount mount(Path host, String inside) {
    return Mount.newBuilder().setHostPath(host.toString()).setContainerPath(inside).build();
  }

  boolean ready() {
    return cri.get()
            .podSandboxStatus(PodSandboxStatusRequest.newBuilder().setPodSandboxId(sandbox).build())
            .getStatus()
            .getState()
        == PodSandboxState.SANDBOX_READY;
  }

  ContainerStatus container() {
    return cri.get()
        .containerStatus(ContainerStatusRequest.newBuilder().setContainerId(container).build())
        .getStatus();
  }

  ExecSyncResponse exec(String... command) {
    return cri.get()
        .execSync(
            ExecSyncRequest.newBuilder()
                .setContainerId(container)
                .addAllCmd(List.of(command))
                .build());
  }

  /** StopPodSandbox and RemovePodSandbox. */
  void remove() {
    var _ =
        cri.get()
            .stopPodSandbox(StopPodSandboxRequest.newBuilder().setPodSandboxId(sandbox).build());
    var _ =
        cri.get()
            .removePodSandbox(
                RemovePodSandboxRequest.newBuilder().setPodSandboxId(sandbox).build());
  }
}
