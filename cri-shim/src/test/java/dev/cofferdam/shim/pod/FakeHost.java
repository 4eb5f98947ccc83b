package dev.cofferdam.shim.pod;

import dev.cofferdam.cri.v1.AttachRequest;
import dev.cofferdam.cri.v1.ExecRequest;
import dev.cofferdam.cri.v1.PodSandboxConfig;
import dev.cofferdam.cri.v1.PortForwardRequest;
import dev.cofferdam.sandbox.Deadline;
import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.ProcessSpec;
import dev.cofferdam.sandbox.Resources;
import dev.cofferdam.sandbox.RootFilesystem;
import dev.cofferdam.sandbox.SandboxException;
import dev.cofferdam.sandbox.Stdio;
import dev.cofferdam.sandbox.Usage;
import dev.cofferdam.shim.cni.Attachment;
import dev.cofferdam.shim.cni.PodNetwork;
import dev.cofferdam.shim.host.Cgroups;
import dev.cofferdam.shim.host.ContainerImage;
import dev.cofferdam.shim.host.Host;
import dev.cofferdam.shim.host.HostMounts;
import dev.cofferdam.shim.host.Images;
import dev.cofferdam.shim.host.Logs;
import dev.cofferdam.shim.host.Networks;
import dev.cofferdam.shim.host.Notices;
import dev.cofferdam.shim.host.Streams;
import dev.cofferdam.shim.stream.AttachTarget;
import dev.cofferdam.shim.stream.ClientStreams;
import dev.cofferdam.shim.stream.ExecTarget;
import dev.cofferdam.shim.stream.PortForwardTarget;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.stream.Stream;

/**
 * A node that only remembers what is held on it: every thing that was made and not given back is in
 * {@link #held}. Each operation can be made to fail.
 */
final class FakeHost implements Networks, Cgroups, HostMounts, Images, Logs, Streams, Notices {
  final Set<String> notices = ConcurrentHashMap.newKeySet();
  final Set<String> held = ConcurrentHashMap.newKeySet();
  final Set<String> adopted = ConcurrentHashMap.newKeySet();
  final Set<String> finished = ConcurrentHashMap.newKeySet();
  private final ConcurrentMap<String, Integer> failures = new ConcurrentHashMap<>();
  volatile Optional<String> networkNotReady = Optional.empty();
  volatile ContainerImage image =
      new ContainerImage(
          "sha256:1",
          "busybox@sha256:2",
          "busybox:1",
          "sha256:chain",
          List.of("/bin/sh", "-c"),
          List.of("exit 0"),
          List.of("A=image"),
          "",
          "/",
          "",
          List.of());

  @Override
  public void ignored(PodSandboxConfig pod, String what) {
    notices.add(what);
  }

  Host host() {
    return new Host(this, this, this, this, this, this, this);
  }

  /** The operation of this name fails that many times. */
  void fail(String operation, int times) {
    failures.put(operation, times);
  }

  private void failIfAsked(String operation) {
    if (failures.merge(operation, -1, Integer::sum) >= 0) {
      throw new SandboxException(ErrorCode.PROGRAM_FAILED, operation + " failed as asked");
    }
    failures.remove(operation);
  }

  private void hold(String operation, String what) {
    // Half of it happens before it fails, as in the world outside.
    held.add(what);
    failIfAsked(operation);
  }

  private void giveBack(String operation, String what) {
    failIfAsked(operation);
    held.remove(what);
  }

  @Override
  public void createNamespace(Path file) {
    hold("createNamespace", "netns " + file.getFileName());
  }

  @Override
  public void deleteNamespace(Path file) {
    giveBack("deleteNamespace", "netns " + file.getFileName());
  }

  @Override
  public Attachment add(PodNetwork pod, Deadline deadline) {
    hold("add", "attachment " + pod.sandboxId());
    return new Attachment(List.of("10.9.8.7", "fd00::7"), "{\"cniVersion\":\"1.1.0\"}");
  }

  @Override
  public List<String> attached() {
    return idsOf("attachment ");
  }

  @Override
  public List<String> containerIds() {
    return Stream.concat(idsOf("rootfs ").stream(), idsOf("log ").stream()).toList();
  }

  private List<String> idsOf(String kind) {
    return held.stream()
        .filter(each -> each.startsWith(kind))
        .map(each -> each.substring(kind.length()))
        .toList();
  }

  @Override
  public void deleteOf(String sandboxId, Deadline deadline) {
    held.removeIf(each -> each.startsWith("cgroup ") && each.endsWith(sandboxId));
  }

  @Override
  public Optional<String> notReadyReason() {
    return networkNotReady;
  }

  @Override
  public void delete(PodNetwork pod, Deadline deadline) {
    giveBack("delete", "attachment " + pod.sandboxId());
  }

  @Override
  public String path(String cgroupParent, String sandboxId) {
    return cgroupParent + "/" + sandboxId;
  }

  @Override
  public String create(String cgroupParent, String sandboxId, Resources resources) {
    hold("create", "cgroup " + path(cgroupParent, sandboxId));
    return path(cgroupParent, sandboxId);
  }

  @Override
  public void update(String path, Resources resources) {
    failIfAsked("update");
  }

  @Override
  public Usage usage(String path) {
    return new Usage(Instant.now(), 5_000_000, 1 << 20, 3);
  }

  @Override
  public long oomKills(String path) {
    return 0;
  }

  @Override
  public void delete(String path, Deadline deadline) {
    giveBack("deleteCgroup", "cgroup " + path);
  }

  @Override
  public void shm(Path folder, long bytes) {
    hold("shm", "shm " + folder);
  }

  @Override
  public void unmount(Path folder) {
    giveBack("unmount", "shm " + folder);
  }

  @Override
  public ContainerImage resolve(String reference) {
    failIfAsked("resolve");
    if (reference.equals("missing")) {
      throw new SandboxException(ErrorCode.NOT_FOUND, "image missing is not on this node");
    }
    return image;
  }

  @Override
  public RootFilesystem prepare(
      String containerId, ContainerImage from, Path mountPoint, Deadline deadline) {
    hold("prepare", "rootfs " + containerId);
    return new RootFilesystem.Directory(mountPoint);
  }

  @Override
  public RootFilesystem prepareImage(
      String containerId, ContainerImage from, Path mountPoint, Deadline deadline) {
    hold("prepare", "rootfs " + containerId);
    return new RootFilesystem.Image(from.chainId(), mountPoint);
  }

  @Override
  public void remove(String containerId, Path mountPoint) {
    giveBack("remove", "rootfs " + containerId);
  }

  @Override
  public Path volume(
      String containerId, ContainerImage of, Path folder, int number, Deadline deadline) {
    failIfAsked("volume");
    held.add("images " + containerId);
    return folder;
  }

  @Override
  public void removeVolumes(String containerId, Path folder) {
    failIfAsked("removeVolumes");
    held.remove("images " + containerId);
  }

  @Override
  public void copy(RootFilesystem root, String path, Path folder, Deadline deadline) {
    failIfAsked("copy");
  }

  @Override
  public Optional<DiskUsage> usageOf(String containerId) {
    return Optional.of(new DiskUsage(4096, 3, "/var/lib/containerd"));
  }

  @Override
  public ProcessSpec.User user(
      RootFilesystem root,
      String user,
      Optional<Long> group,
      List<Long> groups,
      boolean imageGroups) {
    failIfAsked("user");
    if (!user.isBlank() && !user.matches("[0-9]{1,10}")) {
      throw new SandboxException(
          ErrorCode.INVALID_ARGUMENT, "run_as_username: there is no user \"" + user + "\"");
    }
    long uid = user.isBlank() ? 0 : Long.parseLong(user);
    return new ProcessSpec.User(uid, group.orElse(0L), groups);
  }

  @Override
  public Stdio open(
      String containerId, Path folder, Optional<Path> logFile, boolean stdin, boolean terminal) {
    hold("open", "log " + containerId);
    // A plain file where the real one has a pipe: the fake backend writes to either.
    return new Stdio(Optional.empty(), logFile.map(FakeHost::made), Optional.empty());
  }

  private static Path made(Path file) {
    try {
      Files.createDirectories(Objects.requireNonNull(file.getParent()));
      return Files.exists(file) ? file : Files.createFile(file);
    } catch (IOException e) {
      throw new SandboxException(ErrorCode.INTERNAL, "could not make " + file, e);
    }
  }

  @Override
  public void adopt(
      String containerId, Path folder, Optional<Path> logFile, boolean stdin, boolean terminal) {
    held.add("log " + containerId);
    adopted.add(containerId);
  }

  @Override
  public void reopen(String containerId) {
    failIfAsked("reopen");
  }

  @Override
  public void finish(String containerId) {
    held.remove("log " + containerId);
    finished.add(containerId);
  }

  @Override
  public String attach(String containerId, ClientStreams client, boolean stdinOnce) {
    return "";
  }

  @Override
  public void resize(String containerId, int columns, int rows) {
    failIfAsked("resize");
  }

  @Override
  public void remove(String containerId) {
    giveBack("removeLog", "log " + containerId);
  }

  @Override
  public URI exec(ExecRequest request, ExecTarget target) {
    return URI.create("http://127.0.0.1:1/exec/token");
  }

  @Override
  public URI attach(AttachRequest request, AttachTarget target) {
    return URI.create("http://127.0.0.1:1/attach/token");
  }

  @Override
  public URI portForward(PortForwardRequest request, PortForwardTarget target) {
    return URI.create("http://127.0.0.1:1/portforward/token");
  }

  /** For messages of failed assertions. */
  @Override
  public String toString() {
    return "held: " + held + ", to fail: " + Map.copyOf(failures);
  }
}
