package dev.cofferdam.lab;

import dev.cofferdam.lab.LabOptions.NodeRuntime;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * A Kubernetes of one node (or only containerd and the shim) in namespaces and a cgroup of its own,
 * with a virtual machine as a second node where that is asked for. Labs of different names live
 * side by side. What a lab is made of stands on disk, so that any process can find it again; {@code
 * up} starts what is missing, {@code down} ends what is there, also after a crash half way. Not
 * safe for use by two processes at once.
 */
public final class Lab {
  private final LabOptions options;
  private final Progress progress;
  private final LabDirectories directories;
  private final Programs programs;
  private final Cgroups cgroups;
  private final Daemons daemons;
  private final LabShell shell;
  private final Namespaces namespaces;
  private final HostSettings hostSettings;
  private final Registry registry;
  private final Containerd containerd;
  private final Shim shim;
  private final Certificates certificates;
  private final ControlPlane controlPlane;
  private final Operator operator;
  private final Kubelet kubelet;
  private final NodeChecks checks;
  private final VmNode vmNode;
  private final MetricsServer metricsServer;

  public Lab(LabOptions options, Progress progress) {
    this.options = options;
    this.progress = progress;
    directories = LabDirectories.of(options.name());
    programs = new Programs(directories, options.distribution().resolve("bin"));
    cgroups = new Cgroups(options.name());
    daemons = new Daemons(directories);
    shell = new LabShell(directories, programs);
    String nodeName = "cofferdam-" + options.name();
    namespaces = new Namespaces(nodeName, directories, cgroups, daemons);
    hostSettings = new HostSettings(directories);
    registry = new Registry(directories, daemons, shell);
    containerd = new Containerd(directories, programs, daemons, shell, options.peer());
    shim = new Shim(directories, options, programs, daemons, shell, cgroups);
    certificates = new Certificates(directories);
    controlPlane = new ControlPlane(directories, programs, daemons, shell, certificates);
    operator = new Operator(options.repository(), shell);
    kubelet = new Kubelet(directories, programs, daemons, shell, nodeName);
    checks = new NodeChecks(shell, this::seenAs);
    metricsServer = new MetricsServer(directories, programs, daemons, shell, certificates);
    vmNode = new VmNode(nodeName + "-vm", options, directories, daemons, shell, certificates);
  }

  /** Programs run inside the lab through this. */
  public LabShell shell() {
    return shell;
  }

  public LabDirectories directories() {
    return directories;
  }

  public Containerd containerd() {
    return containerd;
  }

  public Shim shim() {
    return shim;
  }

  public Operator operator() {
    return operator;
  }

  /** What the shim finds out about the node. */
  public NodeChecks checks() {
    return checks;
  }

  /** What {@code kubectl top} asks; not running until it is started. */
  public MetricsServer metricsServer() {
    return metricsServer;
  }

  public String nodeName() {
    return kubelet.nodeName();
  }

  /** The second node; it is there if the options ask for it. */
  public VmNode vmNode() {
    return vmNode;
  }

  /** A kubeconfig with a token as shims have it, bound to a Node that exists. */
  public String kubeconfigFor(String node, Path authority) {
    return Kubeconfig.withToken(authority, "cofferdam-node", operator.nodeToken(node));
  }

  /** The runsc that the lab's PATH leads to. */
  public Path runsc() {
    return Path.of(programs.path("runsc", "runsc"));
  }

  /** The folder of the CNI plugins that speak CNI 1.1; the lab runs on Debian's older ones. */
  public Path cniPlugins() {
    return Objects.requireNonNull(Path.of(programs.path("cni", "bridge")).getParent());
  }

  /** Names of the processes in the lab, pods' included, sorted; twice where there are two. */
  public List<String> processNames() {
    return cgroups.processes().stream()
        .flatMap(id -> Daemon.programName(id).stream())
        .sorted()
        .toList();
  }

  /** A program that starts and stops services in the lab, for {@code cofferdam node}. */
  public Path serviceProgram() {
    try {
      return NodeServices.write(directories);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The same where {@code cofferdam node} looks for it unless told, on this node. */
  public void installServiceProgram() {
    try {
      var _ = NodeServices.write(directories, NodeServices.ofTheNode(directories));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Starts kubelet anew, with further lines of KubeletConfiguration; none: as it was in the
   * beginning.
   */
  public void restartKubelet(String moreSettings) throws IOException {
    kubelet.restart(Shim.SOCKET, moreSettings);
  }

  /** Starts the API server anew, with further flags; none: as it was in the beginning. */
  public void restartApiServer(String... moreFlags) {
    controlPlane.restartApiServer(List.of(moreFlags));
  }

  /** The file that kubelet's {@code --config} names. */
  public Path kubeletConfig() {
    return directories.settings().resolve("kubelet.yaml");
  }

  /** IDs of the processes in the lab, pods' included. */
  public Set<Long> processIds() {
    return cgroups.processes();
  }

  /** The name of a process's program, of which the kernel keeps 15 characters; blank: gone. */
  public String programName(long id) {
    return Daemon.programName(id).orElse("");
  }

  /** Whether a process is one of the lab's, pods' included. */
  public boolean contains(long id) {
    return cgroups.contain(id);
  }

  /** The containers' pipes that the shim's keeper holds, by path; twice what it holds twice. */
  public List<String> keptPipes() {
    return shim.keeper().stream().flatMap(Shim::openPipes).sorted().toList();
  }

  /** What programs in the lab see under this path, for one outside. */
  public Path seenAs(String path) {
    return Path.of("/proc", Long.toString(namespaces.holder()), "root", path);
  }

  /** The lab's cgroups, of all hierarchies, sorted. */
  public List<String> cgroupNames() {
    return cgroups.groups().stream().map(Path::toString).sorted().toList();
  }

  /** Brings what the options ask for and is not there yet, and waits until it works. */
  public void up() {
    if (!namespaces.exist()) {
      down(); // what a crash may have left
      progress.step("namespaces and cgroup", this::createNamespaces);
    }
    if (!daemons.running(Registry.NAME)) {
      progress.step("image registry", () -> registry.start(Images.storage(directories)));
    }
    if (!daemons.running(Containerd.NAME)) {
      progress.step("containerd", this::startContainerd);
    }
    if (options.cluster() && !daemons.running(ControlPlane.API_SERVER)) {
      progress.step("etcd and API server", () -> controlPlane.start(kubelet.nodeName()));
    }
    if (options.vmNode() && !vmNode.running()) {
      progress.step("second node's machine started", this::startVmNode);
    }
    if (options.runtime() == NodeRuntime.SHIM) {
      upWithShim();
    } else if (options.cluster() && !daemons.running(Kubelet.NAME)) {
      progress.step("kubelet, node ready", () -> startKubelet(Containerd.SOCKET));
    }
    if (options.vmNode()) {
      progress.step("second node booted", vmNode::awaitBoot);
      if (options.cluster()) {
        progress.step("second node ready", vmNode::awaitReady);
      }
    }
  }

  private void startVmNode() throws IOException {
    if (!options.cluster()) {
      certificates.createAuthority(); // its kubelet has papers for a cluster that isn't there
    }
    vmNode.start();
  }

  private void upWithShim() {
    if (options.cluster()) {
      progress.step("Cofferdam's chart and operator image", operator::install);
    }
    if (!shim.running()) {
      progress.step("shim", shim::start);
    } else if (shim.outdated()) {
      progress.step("shim upgraded", this::upgradeShim);
    }
    if (options.cluster()) {
      if (!daemons.running(Kubelet.NAME)) {
        progress.step("kubelet, node ready", () -> startKubelet(Shim.SOCKET));
      }
      progress.step(
          "credentials of the node",
          () ->
              operator.writeNodeKubeconfig(
                  shim.kubeconfig(), certificates.authority(), kubelet.nodeName()));
      progress.step("operator ready", operator::awaitReady);
      progress.step("node checked", () -> checks.awaitProof(kubelet.nodeName()));
    }
  }

  private void startKubelet(String runtimeSocket) throws IOException {
    kubelet.start(runtimeSocket);
    controlPlane.awaitControllers();
  }

  /** An upgrade, with the pods alive. */
  private void upgradeShim() throws IOException {
    if (shim.handsOver()) {
      var _ = shim.takeOver();
    } else {
      shim.stop();
      shim.start();
    }
  }

  private void createNamespaces() throws IOException {
    Files.createDirectories(directories.root());
    hostSettings.save();
    namespaces.create();
    writeEnvironment();
  }

  private void startContainerd() throws IOException {
    containerd.configure();
    CniConfig.write(directories);
    containerd.start();
  }

  /** For {@code dev/shell}: what to export before entering. */
  private void writeEnvironment() throws IOException {
    Files.writeString(
        directories.root().resolve("environment"),
        shell.environment().entrySet().stream()
            .map(e -> "export %s='%s'%n".formatted(e.getKey(), e.getValue()))
            .collect(Collectors.joining()));
  }

  /**
   * Ends all that belongs to the lab and checks that nothing is left. Does nothing where there is
   * no lab.
   */
  public void down() {
    daemons.all().forEach(daemon -> daemon.end(true));
    cgroups.killAll();
    cgroups.remove();
    try {
      hostSettings.restore();
      Folders.delete(directories.root());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Leftovers.check(directories, cgroups);
  }
}
