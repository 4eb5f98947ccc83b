package dev.cofferdam.shim.live;

import dev.cofferdam.cri.v1.LinuxPodSandboxStatus;
import dev.cofferdam.cri.v1.Namespace;
import dev.cofferdam.cri.v1.PodIP;
import dev.cofferdam.cri.v1.PodSandbox;
import dev.cofferdam.cri.v1.PodSandboxAttributes;
import dev.cofferdam.cri.v1.PodSandboxConfig;
import dev.cofferdam.cri.v1.PodSandboxNetworkStatus;
import dev.cofferdam.cri.v1.PodSandboxState;
import dev.cofferdam.cri.v1.PodSandboxStatus;
import dev.cofferdam.shim.state.SandboxRecord;

/** Pod sandboxes in CRI's words. */
public final class PodMessages {
  private PodMessages() {}

  public static PodSandboxState state(SandboxRecord.Phase phase) {
    return switch (phase) {
      case READY -> PodSandboxState.SANDBOX_READY;
      case CREATING, ENDED, CLEANUP_PENDING, STOPPED -> PodSandboxState.SANDBOX_NOTREADY;
    };
  }

  /** As ListPodSandbox has it. */
  public static PodSandbox entry(SandboxRecord record) {
    PodSandboxConfig config = record.config();
    return PodSandbox.newBuilder()
        .setId(record.id())
        .setMetadata(config.getMetadata())
        .setState(state(record.phase()))
        .setCreatedAt(record.createdAtNanos())
        .putAllLabels(config.getLabelsMap())
        .putAllAnnotations(config.getAnnotationsMap())
        .setRuntimeHandler(record.handler())
        .build();
  }

  /** As PodSandboxStatus has it. */
  public static PodSandboxStatus status(SandboxRecord record) {
    PodSandboxConfig config = record.config();
    return PodSandboxStatus.newBuilder()
        .setId(record.id())
        .setMetadata(config.getMetadata())
        .setState(state(record.phase()))
        .setCreatedAt(record.createdAtNanos())
        .setNetwork(network(record))
        .setLinux(
            LinuxPodSandboxStatus.newBuilder()
                .setNamespaces(
                    Namespace.newBuilder()
                        .setOptions(config.getLinux().getSecurityContext().getNamespaceOptions())))
        .putAllLabels(config.getLabelsMap())
        .putAllAnnotations(config.getAnnotationsMap())
        .setRuntimeHandler(record.handler())
        .build();
  }

  /** As stats have it. */
  public static PodSandboxAttributes attributes(SandboxRecord record) {
    return PodSandboxAttributes.newBuilder()
        .setId(record.id())
        .setMetadata(record.config().getMetadata())
        .putAllLabels(record.config().getLabelsMap())
        .putAllAnnotations(record.config().getAnnotationsMap())
        .build();
  }

  private static PodSandboxNetworkStatus network(SandboxRecord record) {
    PodSandboxNetworkStatus.Builder network = PodSandboxNetworkStatus.newBuilder();
    // Once given back, an address may be another pod's.
    if (record.phase() != SandboxRecord.Phase.STOPPED && !record.ips().isEmpty()) {
      network.setIp(record.ips().getFirst());
      record
          .ips()
          .subList(1, record.ips().size())
          .forEach(ip -> network.addAdditionalIps(PodIP.newBuilder().setIp(ip)));
    }
    return network.build();
  }
}
