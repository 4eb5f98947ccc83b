package dev.cofferdam.lab;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Collectors;

/**
 * A one-node Kubernetes (or only containerd and the shim) in namespaces and a cgroup of its own.
 * Labs of different names live side by side. What a lab is made of stands on disk, so that any
 * process can find it again; {@code up} starts what is missing, {@code down} ends what is there,
 * also after a crash half way. Not safe for use by two processes at once.
 */
public final class Lab {
  /** What kubelet and crictl talk to. */
  public enum NodeRuntime {
    /** Cofferdam's shim, with containerd beneath it. */
    SHIM,
    /** containerd itself: for a comparison. */
    CONTAINERD
  }

  private final LabDirectories directories;
  private final Programs programs;
  private final Cgroups cgroups;
  private final Daemons daemons;
  private final LabShell shell;
  private final Namespaces namespaces;
  private final HostSettings hostSettings;
  private final Registry registry;
  private final Containerd containerd;
  private final Certificates certificates;
  private final ControlPlane controlPlane;
  private final Kubelet kubelet;
  private final Progress progress;

  /**
   * @param name tells labs apart; at most 20 letters and digits
   * @param distribution the folder that Maven made of the shim; need not exist for a lab without it
   */
  public Lab(String name, Path distribution, Progress progress) {
    this.progress = progress;
    directories = LabDirectories.of(name);
    programs = new Programs(directories, distribution.resolve("bin"));
    cgroups = new Cgroups(name);
    daemons = new Daemons(directories);
    shell = new LabShell(directories, programs);
    String nodeName = "cofferdam-" + name;
    namespaces = new Namespaces(nodeName, directories, cgroups, daemons);
    hostSettings = new HostSettings(directories);
    registry = new Registry(directories, daemons, shell);
    containerd = new Containerd(directories, programs, daemons, shell);
    certificates = new Certificates(directories);
    controlPlane = new ControlPlane(directories, programs, daemons, shell, certificates);
    kubelet = new Kubelet(directories, programs, daemons, shell, nodeName);
  }

  public LabShell shell() {
    return shell;
  }

  public LabDirectories directories() {
    return directories;
  }

  public Containerd containerd() {
    return containerd;
  }

  /** Brings containerd and, on top of it, the shim. */
  public void upNode(NodeRuntime runtime) {
    if (!namespaces.exist()) {
      down();
      progress.step("namespaces and cgroup", this::createNamespaces);
    }
    if (!daemons.running(Registry.NAME)) {
      progress.step("image registry", () -> registry.start(Images.storage(directories)));
    }
    if (!daemons.running(Containerd.NAME)) {
      progress.step(
          "containerd",
          () -> {
            containerd.configure();
            CniConfig.write(directories);
            containerd.start();
          });
    }
  }

  /** Brings the whole cluster: {@link #upNode}, the control plane and a node that is ready. */
  public void upCluster(NodeRuntime runtime) {
    upNode(runtime);
    if (!daemons.running(ControlPlane.API_SERVER)) {
      progress.step("credentials", () -> controlPlane.createCredentials(kubelet.nodeName()));
      progress.step("etcd and API server", controlPlane::startApiServer);
      progress.step("controller manager and scheduler started", controlPlane::startControllers);
    }
    if (!daemons.running(Kubelet.NAME)) {
      progress.step("kubelet, node ready", () -> kubelet.start(Containerd.SOCKET));
    }
  }

  private void createNamespaces() throws IOException {
    Files.createDirectories(directories.root());
    hostSettings.save();
    namespaces.create();
    writeEnvironment();
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
