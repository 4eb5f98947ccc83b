package dev.cofferdam.shim.container;

import dev.cofferdam.cri.v1.ContainerConfig;
import dev.cofferdam.cri.v1.LinuxContainerResources;
import dev.cofferdam.cri.v1.PodSandboxConfig;
import dev.cofferdam.sandbox.Capabilities;
import dev.cofferdam.sandbox.Capabilities.Feature;
import java.math.BigDecimal;
import java.util.Optional;

/**
 * What the owner of a pod should know of a container's CPU limit where the backend does not enforce
 * it: on the node the pod has one limit, which kubelet sets where all containers have one. For a
 * pod of one container that is the container's. Pure.
 */
final class CpuLimitNotice {
  private CpuLimitNotice() {}

  /** A sentence; empty where the limit holds, or there is none. */
  static Optional<String> of(ContainerConfig config, PodSandboxConfig pod, Capabilities backend) {
    LinuxContainerResources own = config.getLinux().getResources();
    LinuxContainerResources whole = pod.getLinux().getResources();
    if (backend.has(Feature.CONTAINER_CPU_LIMITS) || !isLimited(own)) {
      return Optional.empty();
    }
    if (isLimited(whole) && cpus(whole).compareTo(cpus(own)) <= 0) {
      return Optional.empty();
    }
    return Optional.of(
        "container %s: its CPU limit of %s is not enforced inside the sandbox; %s"
            .formatted(
                config.getMetadata().getName(),
                text(own),
                isLimited(whole)
                    ? "the pod's containers share what they have together, " + text(whole)
                    : "give every container of the pod one: what they have together is enforced"));
  }

  private static boolean isLimited(LinuxContainerResources resources) {
    return resources.getCpuQuota() > 0 && resources.getCpuPeriod() > 0;
  }

  private static BigDecimal cpus(LinuxContainerResources limits) {
    return BigDecimal.valueOf((double) limits.getCpuQuota() / limits.getCpuPeriod());
  }

  private static String text(LinuxContainerResources limits) {
    return cpus(limits).stripTrailingZeros().toPlainString();
  }
}
