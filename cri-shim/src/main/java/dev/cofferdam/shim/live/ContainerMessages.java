package dev.cofferdam.shim.live;

import dev.cofferdam.cri.v1.Container;
import dev.cofferdam.cri.v1.ContainerAttributes;
import dev.cofferdam.cri.v1.ContainerConfig;
import dev.cofferdam.cri.v1.ContainerResources;
import dev.cofferdam.cri.v1.ContainerState;
import dev.cofferdam.cri.v1.ContainerStatus;
import dev.cofferdam.cri.v1.ContainerUser;
import dev.cofferdam.cri.v1.ImageSpec;
import dev.cofferdam.cri.v1.LinuxContainerUser;
import dev.cofferdam.sandbox.ProcessSpec;
import dev.cofferdam.shim.state.ContainerRecord;
import java.nio.file.Path;
import java.util.Optional;

/** Containers in CRI's words. */
public final class ContainerMessages {
  private ContainerMessages() {}

  public static ContainerState state(ContainerRecord.Phase phase) {
    return switch (phase) {
      case CREATING, CREATED, STARTING -> ContainerState.CONTAINER_CREATED;
      case RUNNING -> ContainerState.CONTAINER_RUNNING;
      case EXITED -> ContainerState.CONTAINER_EXITED;
    };
  }

  /** As ListContainers has it. */
  public static Container entry(ContainerRecord record) {
    ContainerConfig config = record.config();
    return Container.newBuilder()
        .setId(record.id())
        .setPodSandboxId(record.sandboxId())
        .setMetadata(config.getMetadata())
        .setImage(config.getImage())
        .setImageRef(record.image().reference())
        .setImageId(record.image().id())
        .setState(state(record.phase()))
        .setCreatedAt(record.createdAtNanos())
        .putAllLabels(config.getLabelsMap())
        .putAllAnnotations(config.getAnnotationsMap())
        .build();
  }

  /**
   * What a container without a log has for one: a name that no file has. For whose log's name is
   * blank, kubelet, when it removes the dead container, removes its own working directory's files
   * (pkg/kubelet/logs, Clean): {@code /bin}, first of all.
   */
  private static final String NO_LOG = "/proc/cofferdam-no-log/none";

  static String logName(Optional<Path> log) {
    return log.map(path -> path.normalize().toString()).orElse(NO_LOG);
  }

  /** As ContainerStatus has it. */
  public static ContainerStatus status(ContainerRecord record) {
    ContainerConfig config = record.config();
    ContainerStatus.Builder status =
        ContainerStatus.newBuilder()
            .setId(record.id())
            .setMetadata(config.getMetadata())
            .setState(state(record.phase()))
            .setCreatedAt(record.createdAtNanos())
            .setStartedAt(record.startedAtNanos())
            .setFinishedAt(record.finishedAtNanos())
            .setExitCode(record.exitCode())
            .setImage(ImageSpec.newBuilder().setImage(record.image().name()))
            .setImageRef(record.image().reference())
            .setImageId(record.image().id())
            .setReason(record.reason())
            .setMessage(record.message())
            .putAllLabels(config.getLabelsMap())
            .putAllAnnotations(config.getAnnotationsMap())
            .addAllMounts(config.getMountsList())
            .setLogPath(logName(record.logFile()))
            .setResources(ContainerResources.newBuilder().setLinux(record.resources()))
            .setStopSignal(StopSignals.cri(record.stopSignal()));
    record
        .spec()
        .ifPresent(
            spec ->
                status.setUser(ContainerUser.newBuilder().setLinux(user(spec.process().user()))));
    return status.build();
  }

  /** As stats have it. */
  public static ContainerAttributes attributes(ContainerRecord record) {
    return ContainerAttributes.newBuilder()
        .setId(record.id())
        .setMetadata(record.config().getMetadata())
        .putAllLabels(record.config().getLabelsMap())
        .putAllAnnotations(record.config().getAnnotationsMap())
        .build();
  }

  private static LinuxContainerUser user(ProcessSpec.User user) {
    return LinuxContainerUser.newBuilder()
        .setUid(user.uid())
        .setGid(user.gid())
        .addAllSupplementalGroups(user.supplementaryGroups())
        .build();
  }
}
