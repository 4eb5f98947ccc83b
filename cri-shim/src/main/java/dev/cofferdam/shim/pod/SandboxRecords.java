package dev.cofferdam.shim.pod;

import dev.cofferdam.cri.v1.LinuxContainerResources;
import dev.cofferdam.cri.v1.LinuxPodSandboxConfig;
import dev.cofferdam.cri.v1.PodSandboxConfig;
import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.Resources;
import dev.cofferdam.sandbox.SandboxException;
import dev.cofferdam.sandbox.SandboxSpec;
import dev.cofferdam.shim.handler.ResolvedHandler;
import dev.cofferdam.shim.host.Cgroups;
import dev.cofferdam.shim.host.HostPaths;
import dev.cofferdam.shim.live.Clocks;
import dev.cofferdam.shim.live.CriResources;
import dev.cofferdam.shim.state.SandboxRecord;
import dev.cofferdam.shim.state.SandboxRecord.Phase;
import dev.cofferdam.shim.state.StateStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** Decides where everything of a new sandbox will be, before any of it is made. */
final class SandboxRecords {
  private static final Path HOSTNAME = Path.of("/proc/sys/kernel/hostname");

  private final StateStore store;
  private final HostPaths paths;
  private final Cgroups cgroups;
  private final String bootId;

  SandboxRecords(StateStore store, HostPaths paths, Cgroups cgroups, String bootId) {
    this.store = store;
    this.paths = paths;
    this.cgroups = cgroups;
    this.bootId = bootId;
  }

  SandboxRecord plan(String id, ResolvedHandler resolved, PodSandboxConfig config) {
    boolean hostNetwork = PodRequests.hostNetwork(config);
    SandboxSpec spec =
        new SandboxSpec(
            id,
            resolved.variant(),
            store.sandboxFolder(id).resolve("backend"),
            hostname(config),
            hostNetwork ? Optional.empty() : Optional.of(paths.networkNamespace(id)),
            Optional.of(cgroups.path(config.getLinux().getCgroupParent(), id)),
            CriResources.of(config.getLinux().getResources(), "config.linux.resources"),
            config.getLinux().getSysctlsMap(),
            PodRequests.sharedProcesses(config),
            PodRequests.userNamespace(config));
    return new SandboxRecord(
        SandboxRecord.VERSION,
        id,
        resolved.handler(),
        resolved.backend().name(),
        config,
        spec,
        Phase.CREATING,
        Clocks.nanos(),
        bootId,
        List.of(),
        "",
        "");
  }

  /**
   * The limits of the sandbox's own cgroup. Below a parent of kubelet's only the weight: that
   * parent carries the pod's limits, while what CRI says here leaves out the containers without
   * any, so that it would be too tight.
   */
  static Resources cgroupLimits(PodSandboxConfig config) {
    LinuxPodSandboxConfig linux = config.getLinux();
    LinuxContainerResources pod = linux.getResources();
    LinuxContainerResources overhead = linux.getOverhead();
    if (!linux.getCgroupParent().isBlank()) {
      return new Resources(pod.getCpuShares(), 0, 0, 0, 0, 0, "", "");
    }
    Resources limits = CriResources.of(pod, "config.linux.resources");
    return new Resources(
        limits.cpuShares(),
        sum(limits.cpuQuotaMicros(), overhead.getCpuQuota()),
        limits.cpuPeriodMicros(),
        sum(limits.memoryBytes(), overhead.getMemoryLimitInBytes()),
        sum(limits.memorySwapBytes(), overhead.getMemoryLimitInBytes()),
        limits.pids(),
        limits.cpus(),
        limits.memoryNodes());
  }

  private static long sum(long limit, long overhead) {
    return limit == 0 ? 0 : limit + Math.max(0, overhead);
  }

  private static String hostname(PodSandboxConfig config) {
    if (!config.getHostname().isBlank()) {
      return config.getHostname();
    }
    try {
      return Files.readString(HOSTNAME).strip();
    } catch (IOException e) {
      throw new SandboxException(ErrorCode.INTERNAL, "could not read " + HOSTNAME + ": " + e, e);
    }
  }
}
