package dev.cofferdam.shim.container;

import dev.cofferdam.cri.v1.ContainerConfig;
import dev.cofferdam.cri.v1.LinuxContainerSecurityContext;
import dev.cofferdam.cri.v1.Mount;
import dev.cofferdam.cri.v1.MountPropagation;
import dev.cofferdam.cri.v1.NamespaceMode;
import dev.cofferdam.cri.v1.PodSandboxConfig;
import dev.cofferdam.cri.v1.SELinuxOption;
import dev.cofferdam.cri.v1.SecurityProfile;
import dev.cofferdam.cri.v1.Signal;
import dev.cofferdam.cri.v1.SupplementalGroupsPolicy;
import dev.cofferdam.sandbox.Capabilities;
import dev.cofferdam.sandbox.Capabilities.Feature;
import dev.cofferdam.sandbox.SandboxException;
import dev.cofferdam.shim.live.CriResources;
import dev.cofferdam.shim.live.Invalid;
import dev.cofferdam.shim.state.SandboxRecord;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;

/** What is looked at before anything is done for a new container. Pure. */
final class ContainerRequests {
  private static final long MOST_ID = 0xFFFF_FFFEL;

  /** What a sentence may repeat of a request. */
  private static final Pattern PLAIN_NAME = Pattern.compile("[\\w./:=@+-]{1,128}");

  private ContainerRequests() {}

  /**
   * The name under which a container is made once.
   *
   * @throws SandboxException INVALID_ARGUMENT naming the field
   */
  static String name(String sandboxId, ContainerConfig config) {
    Invalid.requireText("config.metadata.name", config.getMetadata().getName());
    return sandboxId
        + "_"
        + config.getMetadata().getName()
        + "_"
        + Integer.toUnsignedString(config.getMetadata().getAttempt());
  }

  /** Refuses what nobody could do. */
  static void validate(ContainerConfig config, PodSandboxConfig pod) {
    Invalid.requireText("config.image.image", config.getImage().getImage());
    var _ = CriResources.of(config.getLinux().getResources(), "config.linux.resources");
    for (int i = 0; i < config.getMountsCount(); i++) {
      validate(config.getMounts(i), "config.mounts[" + i + "]");
    }
    for (int i = 0; i < config.getEnvsCount(); i++) {
      String field = "config.envs[" + i + "].key";
      Invalid.requireText(field, config.getEnvs(i).getKey());
      if (config.getEnvs(i).getKey().contains("=")) {
        throw Invalid.argument(field, "it holds a \"=\"");
      }
    }
    if (!config.getWorkingDir().isEmpty() && !config.getWorkingDir().startsWith("/")) {
      throw Invalid.argument("config.working_dir", "it is not absolute");
    }
    if (config.getStopSignal() == Signal.UNRECOGNIZED) {
      throw Invalid.argument(
          "config.stop_signal", "there is no signal " + config.getStopSignalValue());
    }
    if (config.getLogPath().startsWith("/")) {
      throw Invalid.argument("config.log_path", "it is not relative to the pod's log directory");
    }
    Invalid.requireDescending("config.log_path", config.getLogPath());
    validate(config.getLinux().getSecurityContext(), pod);
  }

  private static void validate(LinuxContainerSecurityContext security, PodSandboxConfig pod) {
    String field = "config.linux.security_context";
    if (security.hasRunAsUser()) {
      Invalid.requireRange(field + ".run_as_user", security.getRunAsUser().getValue(), 0, MOST_ID);
    }
    if (security.hasRunAsGroup()) {
      Invalid.requireRange(
          field + ".run_as_group", security.getRunAsGroup().getValue(), 0, MOST_ID);
      if (!security.hasRunAsUser() && security.getRunAsUsername().isEmpty()) {
        throw Invalid.argument(field + ".run_as_group", "it is given without a user");
      }
    }
    security
        .getSupplementalGroupsList()
        .forEach(group -> Invalid.requireRange(field + ".supplemental_groups", group, 0, MOST_ID));
    if (security.getSupplementalGroupsPolicy() == SupplementalGroupsPolicy.UNRECOGNIZED) {
      throw Invalid.argument(field + ".supplemental_groups_policy", "it is not known");
    }
    if (security.getPrivileged() && !pod.getLinux().getSecurityContext().getPrivileged()) {
      throw Invalid.argument(field + ".privileged", "the pod's sandbox is not privileged");
    }
  }

  private static void validate(Mount mount, String field) {
    if (!mount.getContainerPath().startsWith("/")) {
      throw Invalid.argument(field + ".container_path", "it is not absolute");
    }
    if (Path.of(mount.getContainerPath()).normalize().getNameCount() == 0) {
      throw Invalid.argument(field + ".container_path", "it is the root");
    }
    if (isImage(mount)) {
      if (!mount.getHostPath().isEmpty()) {
        throw Invalid.argument(field + ".host_path", "it is given beside an image");
      }
      if (mount.getImageSubPath().startsWith("/")
          || Arrays.asList(mount.getImageSubPath().split("/", -1)).contains("..")) {
        throw Invalid.argument(field + ".image_sub_path", "it is not a path within the image");
      }
    } else {
      Invalid.requireAbsolute(field + ".host_path", mount.getHostPath());
    }
    if (mount.getPropagation() == MountPropagation.UNRECOGNIZED) {
      throw Invalid.argument(field + ".propagation", "it is not known");
    }
    if (mount.getRecursiveReadOnly()) {
      if (!mount.getReadonly()) {
        throw Invalid.argument(field + ".recursive_read_only", "the mount is not read-only");
      }
      if (mount.getPropagation() != MountPropagation.PROPAGATION_PRIVATE) {
        throw Invalid.argument(
            field + ".recursive_read_only",
            "what is mounted on the host later would not be read-only: use propagation None");
      }
    }
  }

  /** Whether an image is to be mounted, not a path of the node. */
  static boolean isImage(Mount mount) {
    return mount.hasImage() && !mount.getImage().getImage().isEmpty();
  }

  /** Refuses what the sandbox's backend cannot do, rather than run it wrongly. */
  static void refuseUnsupported(ContainerConfig config, SandboxRecord sandbox, Capabilities can) {
    String handler = sandbox.handler();
    LinuxContainerSecurityContext security = config.getLinux().getSecurityContext();
    if (config.getDevicesCount() > 0) {
      throw noDevice(handler, "device", config.getDevices(0).getHostPath());
    }
    if (config.getCDIDevicesCount() > 0) {
      throw noDevice(handler, "CDI device", config.getCDIDevices(0).getName());
    }
    if (security.getSeccomp().getProfileType() == SecurityProfile.ProfileType.Localhost
        && !can.has(Feature.SECCOMP)) {
      throw Invalid.unsupported(handler, "apply a seccomp profile of the node's (type Localhost)");
    }
    if (security.getNamespaceOptions().getPid() == NamespaceMode.TARGET
        && !sandbox.spec().sharedProcessNamespace()) {
      throw Invalid.unsupported(handler, "join another container's process namespace (targeting)");
    }
    for (Mount mount : config.getMountsList()) {
      if (mount.getRecursiveReadOnly() && !can.has(Feature.RECURSIVE_READ_ONLY_MOUNTS)) {
        throw Invalid.unsupported(handler, "make mounts recursively read-only");
      }
      // With a user namespace of its own, a pod's owners of files are the volume's in any case.
      if ((mount.getUidMappingsCount() > 0 || mount.getGidMappingsCount() > 0)
          && !sandbox.spec().userNamespace()) {
        throw Invalid.unsupported(handler, "map the owners of a volume");
      }
    }
  }

  private static SandboxException noDevice(String handler, String kind, String name) {
    String which = PLAIN_NAME.matcher(name).matches() ? "the " + kind + " " + name : "a " + kind;
    return Invalid.unsupported(handler, "hand " + which + " of the node to a container");
  }

  /** What has no effect inside a wall, each as a sentence for the pod's owner. */
  static List<String> ignored(ContainerConfig config) {
    LinuxContainerSecurityContext security = config.getLinux().getSecurityContext();
    String container = "container " + config.getMetadata().getName() + ": ";
    List<String> ignored = new ArrayList<>();
    if (security.hasApparmor()
        && security.getApparmor().getProfileType() != SecurityProfile.ProfileType.Unconfined) {
      ignored.add(
          container
              + "its AppArmor profile is ignored, since the sandbox's kernel has no AppArmor; use"
              + " seccomp and capabilities");
    }
    if (security.hasSelinuxOptions()
        && !security.getSelinuxOptions().equals(SELinuxOption.getDefaultInstance())) {
      ignored.add(
          container
              + "its SELinux label is ignored, since the sandbox's kernel has no SELinux; the"
              + " sandbox itself is what keeps it from the node");
    }
    return ignored;
  }
}
