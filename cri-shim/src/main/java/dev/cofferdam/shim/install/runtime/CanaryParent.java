package dev.cofferdam.shim.install.runtime;

import dev.cofferdam.cri.v1.CgroupDriver;
import dev.cofferdam.cri.v1.LinuxPodSandboxConfig;
import dev.cofferdam.cri.v1.RuntimeConfigRequest;
import dev.cofferdam.cri.v1.RuntimeConfigResponse;
import dev.cofferdam.cri.v1.RuntimeServiceGrpc.RuntimeServiceBlockingStub;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;

/**
 * The cgroup that a canary is made in. With systemd's driver runc refuses a pod that names no
 * slice; {@code system.slice} is on every machine with systemd (systemd.special(7)), so nothing is
 * made for it and nothing left.
 */
final class CanaryParent {
  private static final String SLICE = "system.slice";

  private CanaryParent() {}

  /** What the runtime behind this socket needs; runtimes that don't tell have no driver to suit. */
  static LinuxPodSandboxConfig askedOf(RuntimeServiceBlockingStub cri) {
    try {
      return of(cri.runtimeConfig(RuntimeConfigRequest.getDefaultInstance()));
    } catch (StatusRuntimeException e) {
      if (e.getStatus().getCode() == Status.Code.UNIMPLEMENTED) {
        return LinuxPodSandboxConfig.getDefaultInstance();
      }
      throw e;
    }
  }

  static LinuxPodSandboxConfig of(RuntimeConfigResponse config) {
    LinuxPodSandboxConfig.Builder linux = LinuxPodSandboxConfig.newBuilder();
    // SYSTEMD is the enum's zero: an answer that tells nothing must not be taken for it.
    if (config.hasLinux() && config.getLinux().getCgroupDriver() == CgroupDriver.SYSTEMD) {
      linux.setCgroupParent(SLICE);
    }
    return linux.build();
  }
}
