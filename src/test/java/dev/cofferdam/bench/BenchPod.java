package dev.cofferdam.bench;

import dev.cofferdam.cri.v1.ContainerConfig;
import dev.cofferdam.cri.v1.ContainerMetadata;
import dev.cofferdam.cri.v1.CreateContainerRequest;
import dev.cofferdam.cri.v1.DNSConfig;
import dev.cofferdam.cri.v1.ExecSyncRequest;
import dev.cofferdam.cri.v1.ExecSyncResponse;
import dev.cofferdam.cri.v1.ImageSpec;
import dev.cofferdam.cri.v1.LinuxContainerConfig;
import dev.cofferdam.cri.v1.LinuxContainerResources;
import dev.cofferdam.cri.v1.LinuxPodSandboxConfig;
import dev.cofferdam.cri.v1.PodSandboxConfig;
import dev.cofferdam.cri.v1.PodSandboxMetadata;
import dev.cofferdam.cri.v1.RemovePodSandboxRequest;
import dev.cofferdam.cri.v1.RunPodSandboxRequest;
import dev.cofferdam.cri.v1.StartContainerRequest;
import dev.cofferdam.cri.v1.StopPodSandboxRequest;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

/** A pod with one container that prints a line and then sleeps, and what each step of it took. */
final class BenchPod {

  /** The steps of a pod's life. */
  enum Step {
    RUN_POD_SANDBOX("RunPodSandbox"),
    CREATE_CONTAINER("CreateContainer"),
    START_CONTAINER("StartContainer"),
    FIRST_LINE("cold start to the first line in the log"),
    STOP_POD_SANDBOX("StopPodSandbox"),
    REMOVE_POD_SANDBOX("RemovePodSandbox");

    private final String title;

    Step(String title) {
      this.title = title;
    }

    String title() {
      return title;
    }
  }

  static final String IMAGE = "registry.k8s.io/e2e-test-images/busybox:1.29-2";

  /** The parent that kubelet would have made. */
  static final String CGROUP_PARENT = "/kubepods";

  private static final Path LOGS = Path.of("/var/log/pods");
  private static final long LOOK_NANOS = TimeUnit.MICROSECONDS.toNanos(500);
  private static final long GIVE_UP_NANOS = TimeUnit.MINUTES.toNanos(5);

  private final Side side;
  private final String uid = UUID.randomUUID().toString();
  private final Map<Step, Double> millis = new EnumMap<>(Step.class);
  private String sandbox = "";
  private String container = "";

  BenchPod(Side side) {
    this.side = side;
  }

  double millis(Step step) {
    Double taken = millis.get(step);
    if (taken == null) {
      throw new IllegalStateException(step + " has not been done");
    }
    return taken;
  }

  /** Starts it and waits for its first line. */
  BenchPod start() {
    long begun = System.nanoTime();
    PodSandboxConfig config = config();
    timed(
        Step.RUN_POD_SANDBOX,
        () ->
            sandbox =
                side.cri()
                    .runtime()
                    .runPodSandbox(
                        RunPodSandboxRequest.newBuilder()
                            .setConfig(config)
                            .setRuntimeHandler(side.handler())
                            .build())
                    .getPodSandboxId());
    timed(
        Step.CREATE_CONTAINER,
        () ->
            container =
                side.cri()
                    .runtime()
                    .createContainer(
                        CreateContainerRequest.newBuilder()
                            .setPodSandboxId(sandbox)
                            .setConfig(container("main"))
                            .setSandboxConfig(config)
                            .build())
                    .getContainerId());
    timed(
        Step.START_CONTAINER,
        () -> {
          var _ =
              side.cri()
                  .runtime()
                  .startContainer(
                      StartContainerRequest.newBuilder().setContainerId(container).build());
        });
    awaitFirstLine("main");
    millis.put(Step.FIRST_LINE, (System.nanoTime() - begun) / 1e6);
    return this;
  }

  /** Makes and starts another container of the same image; how long until its first line. */
  double secondContainerMillis() {
    long begun = System.nanoTime();
    String second =
        side.cri()
            .runtime()
            .createContainer(
                CreateContainerRequest.newBuilder()
                    .setPodSandboxId(sandbox)
                    .setConfig(container("second"))
                    .setSandboxConfig(config())
                    .build())
            .getContainerId();
    var _ =
        side.cri()
            .runtime()
            .startContainer(StartContainerRequest.newBuilder().setContainerId(second).build());
    awaitFirstLine("second");
    return (System.nanoTime() - begun) / 1e6;
  }

  private void awaitFirstLine(String name) {
    Path log = folder().resolve(name + ".log");
    long deadline = System.nanoTime() + GIVE_UP_NANOS;
    try {
      while (!Files.exists(log) || Files.size(log) == 0) {
        if (System.nanoTime() > deadline) {
          throw new IllegalStateException(side.name() + ": nothing came into " + log);
        }
        LockSupport.parkNanos(LOOK_NANOS);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Runs {@code true} in the container; how long that took. */
  double execMillis() {
    long begun = System.nanoTime();
    ExecSyncResponse answer =
        side.cri()
            .runtime()
            .execSync(
                ExecSyncRequest.newBuilder().setContainerId(container).addCmd("true").build());
    if (answer.getExitCode() != 0) {
      throw new IllegalStateException(side.name() + ": `true` ended with " + answer.getExitCode());
    }
    return (System.nanoTime() - begun) / 1e6;
  }

  /** Stops and removes it. */
  void end() {
    timed(
        Step.STOP_POD_SANDBOX,
        () -> {
          var _ =
              side.cri()
                  .runtime()
                  .stopPodSandbox(
                      StopPodSandboxRequest.newBuilder().setPodSandboxId(sandbox).build());
        });
    timed(
        Step.REMOVE_POD_SANDBOX,
        () -> {
          var _ =
              side.cri()
                  .runtime()
                  .removePodSandbox(
                      RemovePodSandboxRequest.newBuilder().setPodSandboxId(sandbox).build());
        });
    try (Stream<Path> logs = Files.list(folder())) {
      for (Path log : (Iterable<Path>) logs::iterator) {
        Files.delete(log);
      }
      Files.delete(folder());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void timed(Step step, Runnable act) {
    long begun = System.nanoTime();
    act.run();
    millis.put(step, (System.nanoTime() - begun) / 1e6);
  }

  private Path folder() {
    return LOGS.resolve("bench_" + uid);
  }

  private PodSandboxConfig config() {
    try {
      Files.createDirectories(folder());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return PodSandboxConfig.newBuilder()
        .setMetadata(
            PodSandboxMetadata.newBuilder()
                .setName("bench-" + uid)
                .setNamespace("bench")
                .setUid(uid))
        .setHostname("bench")
        .setLogDirectory(folder().toString())
        .setDnsConfig(DNSConfig.newBuilder().addServers("10.96.0.10"))
        .setLinux(LinuxPodSandboxConfig.newBuilder().setCgroupParent(CGROUP_PARENT))
        .build();
  }

  private static ContainerConfig container(String name) {
    return ContainerConfig.newBuilder()
        .setMetadata(ContainerMetadata.newBuilder().setName(name))
        .setImage(ImageSpec.newBuilder().setImage(IMAGE))
        .addCommand("sh")
        .addArgs("-c")
        .addArgs("echo first; exec sleep 1000000")
        .setLogPath(name + ".log")
        .setLinux(
            LinuxContainerConfig.newBuilder()
                // What kubelet gives a container that asks for nothing.
                .setResources(
                    LinuxContainerResources.newBuilder().setCpuShares(2).setOomScoreAdj(1000)))
        .build();
  }
}
