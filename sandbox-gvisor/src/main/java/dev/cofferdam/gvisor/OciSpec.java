package dev.cofferdam.gvisor;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.cofferdam.sandbox.ContainerSpec;
import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.MountSpec;
import dev.cofferdam.sandbox.ProcessSpec;
import dev.cofferdam.sandbox.Resources;
import dev.cofferdam.sandbox.RootFilesystem;
import dev.cofferdam.sandbox.SandboxException;
import dev.cofferdam.sandbox.SandboxSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/** Our own types in OCI's runtime specification: the {@code config.json} of a bundle. */
final class OciSpec {
  private static final ObjectMapper JSON = new ObjectMapper();

  /** The last version whose whole vocabulary is understood by the runsc that we test with. */
  private static final String OCI_VERSION = "1.1.0";

  private OciSpec() {}

  /** Writes a bundle: a folder with its {@code config.json}. */
  static void write(Path bundle, ObjectNode spec) {
    try {
      Files.createDirectories(bundle);
      Files.write(bundle.resolve("config.json"), JSON.writeValueAsBytes(spec));
    } catch (IOException e) {
      throw Failures.io("writing the OCI bundle " + bundle, e);
    }
  }

  /**
   * The root container: it holds the sandbox's network and runs nothing of the workload's.
   *
   * @param pauseRoot its root file system; where there is an image, only a folder that must exist
   * @param image its root file system as a file that the sentry reads without a gofer
   */
  static ObjectNode sandbox(
      SandboxSpec sandbox, Path pauseRoot, Optional<Path> image, String program) {
    ProcessSpec pause =
        new ProcessSpec(
            List.of(program),
            List.of(),
            "/",
            ProcessSpec.User.ROOT,
            Set.of(),
            Set.of(),
            true,
            false);
    ObjectNode spec = base(sandbox, pause, pauseRoot, true);
    // The containers' cgroups, as none of them sees them: from here their limits are written.
    spec.putArray("mounts")
        .addObject()
        .put("destination", ContainerCgroup.MOUNT)
        .put("type", "cgroup")
        .put("source", "cgroup");
    ObjectNode linux = spec.putObject("linux");
    ArrayNode namespaces = linux.putArray("namespaces");
    addNamespaces(namespaces);
    sandbox
        .networkNamespace()
        .ifPresent(
            path -> namespaces.addObject().put("type", "network").put("path", path.toString()));
    Optional<SystemdScope> scope = sandbox.cgroup().flatMap(SystemdScope::of);
    if (scope.isPresent()) {
      linux.put("cgroupsPath", scope.get().cgroupsPath());
      // systemd sets what stands here. The slice around it has the pod's limits, overhead included.
      Resources weight = new Resources(sandbox.resources().cpuShares(), 0, 0, 0, 0, 0, "", "");
      linux.set("resources", resources(weight));
    } else {
      sandbox.cgroup().ifPresent(path -> linux.put("cgroupsPath", absolute(path)));
      linux.set("resources", resources(sandbox.resources()));
    }
    ObjectNode sysctls = linux.putObject("sysctl");
    sandbox.sysctls().forEach(sysctls::put);
    ObjectNode annotations = spec.putObject("annotations");
    annotations.put("io.kubernetes.cri.container-type", "sandbox");
    // runsc/boot/mount_hints.go, RootfsHint.
    image.ifPresent(
        file ->
            annotations
                .put("dev.gvisor.spec.rootfs.source", file.toString())
                .put("dev.gvisor.spec.rootfs.type", "erofs"));
    return spec;
  }

  static ObjectNode container(SandboxSpec sandbox, ContainerSpec container) {
    Path root =
        switch (container.rootFilesystem()) {
          case RootFilesystem.Directory directory -> directory.path();
          case RootFilesystem.Image image ->
              throw new SandboxException(
                  ErrorCode.UNSUPPORTED,
                  "gVisor needs a writable folder as a container's root, not the image "
                      + image.chainId());
        };
    ObjectNode spec = base(sandbox, container.process(), root, container.readOnlyRoot());
    new OciMounts(spec.putArray("mounts"), container, root).add();
    ObjectNode linux = spec.putObject("linux");
    ArrayNode namespaces = linux.putArray("namespaces");
    addNamespaces(namespaces);
    // It sees its own cgroup only, where its limits stand for runtimes that ask.
    namespaces.addObject().put("type", "cgroup");
    if (!sandbox.sharedProcessNamespace()) {
      // Without one, a container lives in the root container's namespace, as all others do.
      namespaces.addObject().put("type", "pid");
    }
    linux.set("resources", resources(container.resources()));
    container.seccompProfile().ifPresent(profile -> linux.set("seccomp", OciSeccomp.read(profile)));
    spec.putObject("annotations")
        .put("io.kubernetes.cri.container-type", "container")
        .put("io.kubernetes.cri.sandbox-id", Layout.ROOT_CONTAINER)
        .put("io.kubernetes.cri.container-name", container.name());
    return spec;
  }

  /** The {@code process} object, which {@code runsc exec} takes on its own. */
  static ObjectNode process(ProcessSpec process) {
    ObjectNode node = JSON.createObjectNode();
    node.put("terminal", process.terminal());
    ObjectNode user = node.putObject("user");
    user.put("uid", process.user().uid()).put("gid", process.user().gid());
    ArrayNode groups = user.putArray("additionalGids");
    process.user().supplementaryGroups().forEach(groups::add);
    addAll(node.putArray("args"), process.args());
    addAll(node.putArray("env"), process.environment());
    node.put("cwd", process.workingDirectory().isEmpty() ? "/" : process.workingDirectory());
    ObjectNode capabilities = node.putObject("capabilities");
    for (String set : List.of("bounding", "effective", "permitted")) {
      addAll(capabilities.putArray(set), process.capabilities());
    }
    for (String set : List.of("inheritable", "ambient")) {
      addAll(capabilities.putArray(set), process.ambientCapabilities());
    }
    return node.put("noNewPrivileges", process.noNewPrivileges());
  }

  private static ObjectNode base(
      SandboxSpec sandbox, ProcessSpec process, Path root, boolean readOnly) {
    ObjectNode spec = JSON.createObjectNode();
    spec.put("ociVersion", OCI_VERSION);
    spec.set("process", process(process));
    spec.putObject("root").put("path", root.toString()).put("readonly", readOnly);
    spec.put("hostname", sandbox.hostname());
    return spec;
  }

  private static void addNamespaces(ArrayNode namespaces) {
    for (String type : List.of("mount", "ipc", "uts")) {
      namespaces.addObject().put("type", type);
    }
  }

  private static ObjectNode resources(Resources limits) {
    ObjectNode resources = JSON.createObjectNode();
    ObjectNode cpu = resources.putObject("cpu");
    putUnlessZero(cpu, "shares", limits.cpuShares());
    putUnlessZero(cpu, "quota", limits.cpuQuotaMicros());
    putUnlessZero(cpu, "period", limits.cpuPeriodMicros());
    putUnlessZero(resources.putObject("memory"), "limit", limits.memoryBytes());
    return resources;
  }

  private static void putUnlessZero(ObjectNode node, String name, long value) {
    if (value != 0) {
      node.put(name, value);
    }
  }

  private static String absolute(String cgroup) {
    return cgroup.startsWith("/") ? cgroup : "/" + cgroup;
  }

  static void addAll(ArrayNode array, Collection<String> values) {
    values.forEach(array::add);
  }

  /** What OCI calls a mount's propagation. */
  static String propagation(MountSpec mount) {
    return switch (mount.propagation()) {
      case PRIVATE -> "rprivate";
      case HOST_TO_CONTAINER -> "rslave";
      case BIDIRECTIONAL ->
          throw new SandboxException(
              ErrorCode.UNSUPPORTED,
              String.format(
                  Locale.ROOT,
                  "gVisor cannot pass mounts made inside to the host (volume at %s): use mount"
                      + " propagation None or HostToContainer",
                  mount.destination()));
    };
  }
}
