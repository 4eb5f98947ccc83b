package dev.cofferdam.shim.pod;

import dev.cofferdam.cri.v1.IDMapping;
import dev.cofferdam.cri.v1.LinuxSandboxSecurityContext;
import dev.cofferdam.cri.v1.NamespaceMode;
import dev.cofferdam.cri.v1.NamespaceOption;
import dev.cofferdam.cri.v1.PodSandboxConfig;
import dev.cofferdam.cri.v1.PodSandboxMetadata;
import dev.cofferdam.cri.v1.PortMapping;
import dev.cofferdam.cri.v1.SecurityProfile;
import dev.cofferdam.cri.v1.UserNamespace;
import dev.cofferdam.sandbox.Capabilities;
import dev.cofferdam.sandbox.Capabilities.Feature;
import dev.cofferdam.shim.handler.ResolvedHandler;
import dev.cofferdam.shim.live.CriResources;
import dev.cofferdam.shim.live.Invalid;
import java.util.List;

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
    if (config.getHostname().chars().anyMatch(c -> c == '/' || Character.isWhitespace(c))) {
      throw Invalid.argument("config.hostname", "it holds a slash or a blank");
    }
    if (!config.getLogDirectory().isEmpty()) {
      Invalid.requireAbsolute("config.log_directory", config.getLogDirectory());
    }
    Invalid.requireDescending("config.linux.cgroup_parent", config.getLinux().getCgroupParent());
    requireWords("config.dns_config.servers", config.getDnsConfig().getServersList());
    requireWords("config.dns_config.searches", config.getDnsConfig().getSearchesList());
    requireWords("config.dns_config.options", config.getDnsConfig().getOptionsList());
    for (int i = 0; i < config.getPortMappingsCount(); i++) {
      PortMapping mapping = config.getPortMappings(i);
      String field = "config.port_mappings[" + i + "]";
      Invalid.requireRange(field + ".container_port", mapping.getContainerPort(), 0, MOST_PORT);
      Invalid.requireRange(field + ".host_port", mapping.getHostPort(), 0, MOST_PORT);
      if (mapping.getProtocolValue() < 0 || mapping.getProtocolValue() > 2) {
        throw Invalid.argument(field + ".protocol", "it is none of TCP, UDP and SCTP");
      }
    }
    NamespaceOption namespaces = config.getLinux().getSecurityContext().getNamespaceOptions();
    if (namespaces.hasUsernsOptions()) {
      validate(namespaces.getUsernsOptions());
    }
    var _ = CriResources.of(config.getLinux().getResources(), "config.linux.resources");
    var _ = CriResources.of(config.getLinux().getOverhead(), "config.linux.overhead");
  }

  /** A blank in one of them would make two of it in {@code resolv.conf}. */
  private static void requireWords(String field, List<String> words) {
    for (int i = 0; i < words.size(); i++) {
      String at = field + "[" + i + "]";
      Invalid.requireText(at, words.get(i));
      if (words.get(i).chars().anyMatch(Character::isWhitespace)) {
        throw Invalid.argument(at, "it holds a blank");
      }
    }
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
    if (hostNetwork(config) && !resolved.hostNetwork()) {
      throw Invalid.unsupported(
          handler,
          "share the node's network (hostNetwork: true), since its policy does not say network: Host");
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
    if (userNamespace(config) && !can.has(Feature.USER_NAMESPACE)) {
      throw Invalid.unsupported(handler, "run in a user namespace (hostUsers: false)");
    }
    if (userNamespace(config) && hostNetwork(config)) {
      throw Invalid.unsupported(
          handler, "run in a user namespace (hostUsers: false) and share the node's network");
    }
    if (security.getSeccomp().getProfileType() == SecurityProfile.ProfileType.Localhost
        && !can.has(Feature.SECCOMP)) {
      throw Invalid.unsupported(handler, "apply a seccomp profile of the node's (type Localhost)");
    }
  }

  /** As kubelet gives it: root of the pod, and some thousand users after it, in one piece. */
  private static void validate(UserNamespace users) {
    String field = "config.linux.security_context.namespace_options.userns_options";
    switch (users.getMode()) {
      case NODE -> {
        if (users.getUidsCount() > 0 || users.getGidsCount() > 0) {
          throw Invalid.argument(field, "mode NODE has no mappings");
        }
      }
      case POD -> {
        mapping(field + ".uids", users.getUidsList());
        mapping(field + ".gids", users.getGidsList());
        if (!users.getUidsList().equals(users.getGidsList())) {
          throw Invalid.argument(field, "uids and gids are not mapped alike");
        }
      }
      case CONTAINER, TARGET, UNRECOGNIZED ->
          throw Invalid.argument(field + ".mode", "it is neither POD nor NODE");
    }
  }

  private static void mapping(String field, List<IDMapping> mappings) {
    if (mappings.size() != 1) {
      throw Invalid.argument(field, "there is not one mapping, but " + mappings.size());
    }
    if (mappings.getFirst().getContainerId() != 0 || mappings.getFirst().getLength() == 0) {
      throw Invalid.argument(field, "the pod's user 0 is not mapped");
    }
  }

  static boolean userNamespace(PodSandboxConfig config) {
    NamespaceOption namespaces = config.getLinux().getSecurityContext().getNamespaceOptions();
    return namespaces.hasUsernsOptions()
        && namespaces.getUsernsOptions().getMode() == NamespaceMode.POD;
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
