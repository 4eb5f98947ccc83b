package dev.cofferdam.shim.install;

import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.SandboxException;
import dev.cofferdam.shim.install.host.Acts;
import dev.cofferdam.shim.install.host.FileImage;
import dev.cofferdam.shim.install.host.HostFiles;
import dev.cofferdam.shim.install.host.HostProcesses;
import dev.cofferdam.shim.install.kubelet.NodeHealth;
import dev.cofferdam.shim.install.payload.Payload;
import dev.cofferdam.shim.install.service.Services;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A machine below a folder: kubeadm's files, a kubelet that reads its configuration when it is
 * started, a service manager, a shim that answers while it runs. Every change to it is counted, and
 * one of them can be made to fail, or to be the last thing that the installer does.
 */
final class FakeNode {
  static final String CONFIG = "/var/lib/kubelet/config.yaml";
  static final String MANIFESTS = "/etc/kubernetes/manifests";
  static final String UNIT = "/etc/systemd/system/cofferdam@.service";

  /** Ends an installer as {@code kill -9} does: nothing of it runs any more. */
  static final class Killed extends Error {
    private static final long serialVersionUID = 1L;
  }

  /** What happens at one of the changes. */
  enum Fault {
    FAILS,
    KILLED
  }

  final Path root;
  final HostFiles files;
  final List<String> said = new ArrayList<>();
  final List<Runtimes.WalledPod> pods = new ArrayList<>();

  /** A canary that an installer left when it was killed. */
  boolean unseen;

  final Set<String> brokenHandlers = new TreeSet<>();
  final Set<String> deafVersions = new TreeSet<>();
  final Set<String> running = new TreeSet<>();
  final Set<String> enabled = new TreeSet<>();
  private final FakeServices services = new FakeServices();
  private String kubeletEndpoint = "";
  private Optional<String> serving = Optional.empty();
  boolean kubeletRefusesShim;
  boolean kubeletEndsWithShim;
  boolean kubeletStartsNothing;
  int kubeletRestarts;
  int starts;

  /** A word in the settings with which no shim starts; blank: none. */
  String unbearable = "";

  private int acts;
  private int faultAt;
  private @Nullable Fault fault;

  FakeNode(Path root) throws IOException {
    this.root = root;
    this.files = new HostFiles(root, act());
    for (String folder :
        List.of("/etc/systemd/system", "/var/lib/kubelet", "/proc/self", "/run", "/opt")) {
      Files.createDirectories(at(folder));
    }
    put("/proc/self/mounts", "");
    put("/bin/sh", "");
    put(
        CONFIG,
        """
        apiVersion: kubelet.config.k8s.io/v1beta1
        # by kubeadm
        cgroupDriver: systemd
        containerRuntimeEndpoint: unix:///run/containerd/containerd.sock # the usual one
        kind: KubeletConfiguration
        staticPodPath: /etc/kubernetes/manifests
        """);
    Files.createDirectories(at(MANIFESTS));
    Files.setPosixFilePermissions(at(CONFIG), PosixFilePermissions.fromString("rw-r-----"));
    process(
        100,
        "/usr/bin/kubelet",
        "--config=" + CONFIG,
        "--kubeconfig",
        "/etc/kubernetes/kubelet.conf");
    readKubeletConfig();
  }

  Path at(String path) {
    return root.resolve(path.substring(1));
  }

  void put(String path, String text) throws IOException {
    Files.createDirectories(at(path).getParent());
    Files.writeString(at(path), text);
  }

  void process(int id, String... command) throws IOException {
    put("/proc/" + id + "/cmdline", String.join("\0", command) + "\0");
    Files.createSymbolicLink(at("/proc/" + id + "/exe"), at(command[0]));
  }

  void endProcess(int id) throws IOException {
    for (String name : List.of("cmdline", "exe", "")) {
      Files.deleteIfExists(at("/proc/" + id + "/" + name));
    }
  }

  /** A payload of that version, as the build makes them. */
  Payload payload(String version) throws IOException {
    Path folder = Files.createDirectories(root.resolveSibling("payload-" + version));
    Map<String, String> contents =
        new TreeMap<>(
            Map.of(
                "VERSION", version + "\n", "bin/cofferdam", "#!" + version, "lib/shim.jar", "jar"));
    StringBuilder manifest = new StringBuilder();
    for (Map.Entry<String, String> file : contents.entrySet()) {
      Path path = folder.resolve(file.getKey());
      Files.createDirectories(path.getParent());
      Files.writeString(path, file.getValue());
      manifest.append(FileImage.digest(file.getValue().getBytes(StandardCharsets.UTF_8)));
      manifest.append("  ").append(file.getKey()).append('\n');
    }
    Files.writeString(folder.resolve("MANIFEST"), manifest);
    return Payload.of(folder);
  }

  NodeInstaller installer() {
    return new NodeInstaller(
        new Machine(
            files,
            new HostProcesses(files),
            services,
            new FakeRuntimes(),
            health(),
            new InstallTimeouts(
                Duration.ofMillis(600),
                Duration.ofSeconds(30),
                Duration.ofMillis(600),
                Duration.ofSeconds(30),
                1),
            said::add));
  }

  void install(String version) throws IOException, InterruptedException {
    install(version, Optional.empty());
  }

  /** With these settings of the shim's, and no others. */
  void install(String version, Map<String, String> settings)
      throws IOException, InterruptedException {
    install(version, Optional.of(settings));
  }

  private void install(String version, Optional<Map<String, String>> settings)
      throws IOException, InterruptedException {
    installer()
        .install(
            new NodeInstaller.Order(
                payload(version), List.of("gvisor"), Optional.empty(), settings));
  }

  /** From now on: the n-th change, counted from 1, fails or is the last. */
  void faultAt(int change, Fault kind) {
    acts = 0;
    faultAt = change;
    fault = kind;
  }

  void noFault() {
    fault = null;
  }

  /** Whether the change at which something was to happen was come to. */
  boolean faultHappened() {
    return fault != null && acts >= faultAt;
  }

  private Acts act() {
    return this::count;
  }

  private void count(String act) throws IOException {
    acts++;
    if (fault != null && acts == faultAt) {
      switch (fault) {
        case FAILS -> throw new FileSystemException(act, null, "No space left on device");
        case KILLED -> throw new Killed();
      }
    }
  }

  /** The same for what isn't a file. */
  private void countService(String act) {
    try {
      count(act);
    } catch (IOException e) {
      throw new SandboxException(ErrorCode.PROGRAM_FAILED, act + ": " + e.getMessage(), e);
    }
  }

  /** All that a reboot brings up: what is enabled, and kubelet. */
  void reboot() throws IOException {
    running.clear();
    serving = Optional.empty();
    deleteTree(at("/run/cofferdam"));
    if (Files.exists(at(UNIT))) {
      for (String version : enabled) {
        if (files.link("/opt/cofferdam/current").equals(Optional.of(version))) {
          services.start(version);
        }
      }
    }
    readKubeletConfig();
  }

  private static void deleteTree(Path tree) throws IOException {
    if (Files.exists(tree)) {
      try (Stream<Path> all = Files.walk(tree)) {
        for (Path file : all.sorted(java.util.Comparator.reverseOrder()).toList()) {
          Files.delete(file);
        }
      }
    }
  }

  private void readKubeletConfig() {
    try {
      kubeletEndpoint =
          Files.readString(at(CONFIG)).contains("unix:///run/cofferdam/cri.sock")
              ? Places.SOCKET
              : "/run/containerd/containerd.sock";
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Which socket kubelet talks to. */
  String kubeletUses() {
    return kubeletEndpoint;
  }

  Optional<String> serving() {
    return serving;
  }

  private NodeHealth health() {
    return since -> {
      if (kubeletEndpoint.equals(Places.SOCKET)
          && (kubeletRefusesShim || kubeletEndsWithShim || serving.isEmpty())) {
        return Optional.of("kubelet says: container runtime is down");
      }
      return Optional.empty();
    };
  }

  /** Everything on the machine that an installer could have changed: content, mode, links. */
  Map<String, String> state() throws IOException {
    Map<String, String> state = new TreeMap<>();
    try (Stream<Path> all = Files.walk(root)) {
      for (Path file : all.toList()) {
        String name = "/" + root.relativize(file);
        if (Files.isSymbolicLink(file)) {
          state.put(name, "-> " + Files.readSymbolicLink(file));
        } else if (Files.isRegularFile(file)) {
          state.put(
              name,
              PosixFilePermissions.toString(Files.getPosixFilePermissions(file))
                  + " "
                  + Files.getLastModifiedTime(file).toMillis()
                  + " "
                  + FileImage.digest(Files.readAllBytes(file)));
        } else {
          state.put(name, "folder");
        }
      }
    }
    state.put("running", running.toString());
    state.put("enabled", enabled.toString());
    state.put("kubelet uses", kubeletEndpoint);
    return state;
  }

  private final class FakeServices implements Services {
    @Override
    public String name() {
      return "fake";
    }

    @Override
    public Map<String, String> files() {
      return Map.of(UNIT, "[Service]\nExecStart=/opt/cofferdam/%i/bin/cofferdam shim\n");
    }

    @Override
    public void reload() {
      countService("reload");
    }

    @Override
    public void enable(String version) {
      countService("enable");
      enabled.add(version);
    }

    @Override
    public void disable(String version) {
      countService("disable");
      enabled.remove(version);
    }

    @Override
    public void start(String version) {
      countService("start");
      starts++;
      running.add(version);
      if (deafVersions.contains(version) || isUnbearable()) {
        return;
      }
      serving = Optional.of(version);
      try {
        Path control = at("/run/cofferdam/control.sock");
        Files.createDirectories(control.getParent());
        Files.createDirectories(at("/var/lib/cofferdam"));
        Path made = Files.writeString(control.resolveSibling("next"), version);
        Files.move(made, control, java.nio.file.StandardCopyOption.REPLACE_EXISTING);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    private boolean isUnbearable() {
      try {
        return !unbearable.isEmpty() && Files.readString(at(Places.CONFIG)).contains(unbearable);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    @Override
    public void stop(String version) {
      countService("stop");
      running.remove(version);
      if (serving.equals(Optional.of(version))) {
        serving = Optional.empty();
      }
    }

    @Override
    public boolean running(String version) {
      return running.contains(version);
    }

    @Override
    public String lastWords(String version) {
      return "last words of " + version;
    }

    @Override
    public void restartKubelet() {
      countService("restart kubelet");
      kubeletRestarts++;
      readKubeletConfig();
    }

    @Override
    public Optional<String> kubeletKeepsEnding() {
      return kubeletEndsWithShim && kubeletEndpoint.equals(Places.SOCKET)
          ? Optional.of("last words of kubelet")
          : Optional.empty();
    }
  }

  private final class FakeRuntimes implements Runtimes {
    @Override
    public String version(Path socket, Duration timeout) {
      if (socket.endsWith("cri.sock") && serving.isEmpty()) {
        throw new SandboxException(ErrorCode.UNAVAILABLE, "nobody answers on " + socket);
      }
      return "containerd 2.4.2";
    }

    @Override
    public Proof prove(Path socket, String handler, Duration timeout) {
      countService("canary " + handler);
      if (brokenHandlers.contains(handler)) {
        throw new SandboxException(
            ErrorCode.PROGRAM_FAILED, "a pod with " + handler + " does not start");
      }
      return Proof.WHOLE_WAY;
    }

    @Override
    public String sandboxImage(Path socket, Duration timeout) {
      return "registry.k8s.io/pause:3.10";
    }

    @Override
    public boolean runs(Path socket, String namespace, String pod, Duration timeout) {
      return !kubeletStartsNothing && Files.exists(at(MANIFESTS + "/cofferdam-canary.yaml"));
    }

    @Override
    public List<WalledPod> walled(Path shim, Path containerd, Duration timeout) {
      return List.copyOf(pods);
    }

    @Override
    public void endUnseen(Path shim, Duration timeout) {
      countService("end what is unseen");
      unseen = false;
    }

    @Override
    public void end(Path socket, WalledPod pod, Duration timeout) {
      countService("end a pod");
      pods.remove(pod);
    }
  }
}
