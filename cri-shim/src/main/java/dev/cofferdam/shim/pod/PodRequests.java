package dev.cofferdam.shim.pod;

import dev.cofferdam.cri.v1.LinuxSandboxSecurityContext;
import dev.cofferdam.cri.v1.NamespaceMode;
import dev.cofferdam.cri.v1.NamespaceOption;
import dev.cofferdam.cri.v1.PodSandboxConfig;
import dev.cofferdam.cri.v1.PodSandboxMetadata;
import dev.cofferdam.cri.v1.PortMapping;
import dev.cofferdam.cri.v1.SecurityProfile;
import dev.cofferdam.sandbox.Capabilities;
import dev.cofferdam.sandbox.Capabilities.Feature;
import dev.cofferdam.shim.handler.ResolvedHandler;
import dev.cofferdam.shim.live.CriResources;
import dev.cofferdam.shim.live.Invalid;

/** What is looked at before anything is done for a new pod. Pure. */
final class PodRequests {
  // HOST_NAME_MAX of the kernel; kubelet cuts names to 63.
  private static final int MOST_HOSTNAME = 64;
  private static final int MOST_PORT = 65_535;

  private PodRequests() {}

  /**
   * The name under which one pod's sandbox is made once.
   *
   * @throws dev.cofferdam.sandbox.SandboxException INVALID_ARGUMENT naming the field
   */
  static String name(PodSandboxConfig config) {
    PodSandboxMetadata metadata = config.getMetadata();
    Invalid.requireText("config.metadata.name", metadata.getName());
    return String.join(
        "_",
        metadata.getName(),
        metadata.getNamespace(),
        metadata.getUid(),
        Integer.toUnsignedString(metadata.getAttempt()));
  }

  /** Refuses what nobody could do. */
  static void validate(PodSandboxConfig config) {
    if (config.getHostname().length() > MOST_HOSTNAME) {
      throw Invalid.argument("config.hostname", "it is longer than " + MOST_HOSTNAME);
    }
    for (int i = 0; i < config.getPortMappingsCount(); i++) {
      PortMapping mapping = config.getPortMappings(i);
      String field = "config.port_mappings[" + i + "]";
      Invalid.requireRange(field + ".container_port", mapping.getContainerPort(), 0, MOST_PORT);
      Invalid.requireRange(field + ".host_port", mapping.getHostPort(), 0, MOST_PORT);
      if (mapping.getProtocolValue() < 0 || mapping.getProtocolValue() > 2) {
        throw Invalid.argument(field + ".protocol", "it is none of TCP, UDP and SCTP");
      }
    }
    var _ = CriResources.of(config.getLinux().getResources(), "config.linux.resources");
    var _ = CriResources.of(config.getLinux().getOverhead(), "config.linux.overhead");
  }

  /** Refuses at once what the chosen backend cannot do, rather than run it wrongly. */
  static void refuseUnsupported(PodSandboxConfig config, ResolvedHandler resolved) {
    Capabilities can = resolved.capabilities();
    String handler = resolved.handler();
    LinuxSandboxSecurityContext security = config.getLinux().getSecurityContext();
    NamespaceOption namespaces = security.getNamespaceOptions();
    if (hostNetwork(config) && !can.has(Feature.HOST_NETWORK)) {
      throw Invalid.unsupported(handler, "share the node's network (hostNetwork: true)");
    }
    if (namespaces.getPid() == NamespaceMode.NODE) {
      throw Invalid.unsupported(handler, "share the node's processes (hostPID: true)");
    }
    if (namespaces.getIpc() == NamespaceMode.NODE) {
      throw Invalid.unsupported(handler, "share the node's IPC (hostIPC: true)");
    }
    if (sharedProcesses(config) && !can.has(Feature.SHARED_PROCESS_NAMESPACE)) {
      throw Invalid.unsupported(
          handler, "let containers see each other's processes (shareProcessNamespace: true)");
    }
    if (namespaces.hasUsernsOptions()
        && namespaces.getUsernsOptions().getMode() == NamespaceMode.POD) {
      throw Invalid.unsupported(handler, "run in a user namespace (hostUsers: false)");
    }
    if (security.getSeccomp().getProfileType() == SecurityProfile.ProfileType.Localhost) {
      throw Invalid.unsupported(handler, "apply a seccomp profile of the node's (type Localhost)");
    }
  }

  static boolean hostNetwork(PodSandboxConfig config) {
    return config.getLinux().getSecurityContext().getNamespaceOptions().getNetwork()
        == NamespaceMode.NODE;
  }

  /** Only where namespaces are spoken of at all: POD is also what an unset field looks like. */
  static boolean sharedProcesses(PodSandboxConfig config) {
    LinuxSandboxSecurityContext security = config.getLinux().getSecurityContext();
    return security.hasNamespaceOptions()
        && security.getNamespaceOptions().getPid() == NamespaceMode.POD;
  }
}
