package dev.cofferdam.shim.container;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.cofferdam.cri.v1.ContainerConfig;
import dev.cofferdam.cri.v1.ContainerMetadata;
import dev.cofferdam.cri.v1.LinuxContainerConfig;
import dev.cofferdam.cri.v1.LinuxContainerResources;
import dev.cofferdam.cri.v1.LinuxPodSandboxConfig;
import dev.cofferdam.cri.v1.PodSandboxConfig;
import dev.cofferdam.sandbox.Capabilities;
import dev.cofferdam.sandbox.Capabilities.Feature;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class CpuLimitNoticeTest {
  private static final Capabilities NONE = Capabilities.of(Feature.CONTAINER_LIMITS);
  private static final String NOT_ENFORCED =
      "container app: its CPU limit of 0.2 is not enforced inside the sandbox; ";

  private static LinuxContainerResources quota(long micros) {
    return LinuxContainerResources.newBuilder().setCpuQuota(micros).setCpuPeriod(100_000).build();
  }

  private static Optional<String> notice(long container, long pod, Capabilities backend) {
    return CpuLimitNotice.of(
        ContainerConfig.newBuilder()
            .setMetadata(ContainerMetadata.newBuilder().setName("app"))
            .setLinux(LinuxContainerConfig.newBuilder().setResources(quota(container)))
            .build(),
        PodSandboxConfig.newBuilder()
            .setLinux(LinuxPodSandboxConfig.newBuilder().setResources(quota(pod)))
            .build(),
        backend);
  }

  @Test
  void limitOfTheOnlyContainer_isThePods_andNothingIsSaid() {
    assertEquals(Optional.empty(), notice(20_000, 20_000, NONE));
  }

  @Test
  void noLimit_nothingIsSaid() {
    assertEquals(Optional.empty(), notice(0, 20_000, NONE));
    assertEquals(Optional.empty(), notice(-1, 0, NONE));
  }

  @Test
  void limitThatIsAPartOfThePods_isSaidToBeShared() {
    assertEquals(
        Optional.of(NOT_ENFORCED + "the pod's containers share what they have together, 0.5"),
        notice(20_000, 50_000, NONE));
  }

  @Test
  void limitInAPodThatHasNone_isSaidToHoldNowhere() {
    assertEquals(
        Optional.of(
            NOT_ENFORCED
                + "give every container of the pod one: what they have together is enforced"),
        notice(20_000, 0, NONE));
  }

  @Test
  void backendThatEnforcesThem_nothingIsSaid() {
    assertEquals(
        Optional.empty(), notice(20_000, 50_000, Capabilities.of(Feature.CONTAINER_CPU_LIMITS)));
  }
}
