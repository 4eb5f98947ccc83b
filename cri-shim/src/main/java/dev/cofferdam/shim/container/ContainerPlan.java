package dev.cofferdam.shim.container;

import dev.cofferdam.cri.v1.ContainerConfig;
import dev.cofferdam.cri.v1.LinuxContainerSecurityContext;
import dev.cofferdam.cri.v1.Signal;
import dev.cofferdam.sandbox.ContainerSpec;
import dev.cofferdam.sandbox.MountSpec;
import dev.cofferdam.sandbox.ProcessSpec;
import dev.cofferdam.sandbox.RootFilesystem;
import dev.cofferdam.sandbox.Stdio;
import dev.cofferdam.shim.host.ContainerImage;
import dev.cofferdam.shim.host.LogPath;
import dev.cofferdam.shim.live.Clocks;
import dev.cofferdam.shim.live.CriResources;
import dev.cofferdam.shim.live.Pod;
import dev.cofferdam.shim.live.StopSignals;
import dev.cofferdam.shim.state.ContainerRecord;
import dev.cofferdam.shim.state.ContainerRecord.Phase;
import dev.cofferdam.shim.state.SandboxRecord;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** What a container is to be, out of what kubelet asks for and what its image says. */
final class ContainerPlan {
  private ContainerPlan() {}

  /**
   * What was made for a container before the backend gets to see it.
   *
   * @param directory for what the backend writes down
   */
  record Prepared(
      Path directory,
      RootFilesystem root,
      ProcessSpec.User user,
      List<MountSpec> mounts,
      Stdio stdio,
      Optional<Path> seccompProfile) {}

  /** The record that announces it. */
  static ContainerRecord record(String id, Pod pod, ContainerConfig config, ContainerImage image) {
    String directory = pod.record().config().getLogDirectory();
    Optional<Path> logFile =
        directory.isEmpty() || config.getLogPath().isEmpty()
            ? Optional.empty()
            : Optional.of(LogPath.marked(directory, config.getLogPath()));
    return new ContainerRecord(
        ContainerRecord.VERSION,
        id,
        pod.id(),
        config,
        Optional.empty(),
        new ContainerRecord.ImageRecord(image.id(), image.reference(), image.name()),
        logFile,
        stopSignal(config, image),
        config.getLinux().getResources(),
        Phase.CREATING,
        Clocks.nanos(),
        0,
        0,
        0,
        "",
        "");
  }

  /** What the backend gets. */
  static ContainerSpec spec(
      ContainerRecord planned, SandboxRecord sandbox, ContainerImage image, Prepared prepared) {
    ContainerConfig config = planned.config();
    LinuxContainerSecurityContext security = config.getLinux().getSecurityContext();
    boolean privileged = security.getPrivileged();
    return new ContainerSpec(
        planned.id(),
        config.getMetadata().getName(),
        prepared.directory(),
        prepared.root(),
        security.getReadonlyRootfs(),
        prepared.mounts(),
        new ProcessSpec(
            ProcessMerge.args(config, image),
            ProcessMerge.environment(config, image, sandbox.spec().hostname()),
            ProcessMerge.workingDirectory(config, image),
            prepared.user(),
            ContainerCapabilities.of(security),
            ContainerCapabilities.ambient(security),
            security.getNoNewPrivs(),
            config.getTty()),
        CriResources.of(config.getLinux().getResources(), "config.linux.resources"),
        prepared.stdio(),
        privileged ? List.of() : security.getMaskedPathsList(),
        privileged ? List.of() : security.getReadonlyPathsList(),
        privileged,
        prepared.seccompProfile());
  }

  /** Kubelet's word, else the image's. */
  static String user(LinuxContainerSecurityContext security, ContainerImage image) {
    if (!security.getRunAsUsername().isEmpty()) {
      return security.getRunAsUsername();
    }
    return security.hasRunAsUser()
        ? Long.toString(security.getRunAsUser().getValue())
        : image.user();
  }

  private static int stopSignal(ContainerConfig config, ContainerImage image) {
    if (config.getStopSignal() != Signal.SIGNAL_RUNTIME_DEFAULT) {
      return StopSignals.number(config.getStopSignal().name()).orElse(StopSignals.TERM);
    }
    return StopSignals.number(image.stopSignal()).orElse(StopSignals.TERM);
  }
}
