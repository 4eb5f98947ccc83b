package dev.cofferdam.shim.state;

import dev.cofferdam.cri.v1.ContainerConfig;
import dev.cofferdam.cri.v1.ContainerMetadata;
import dev.cofferdam.cri.v1.LinuxContainerResources;
import dev.cofferdam.cri.v1.PodSandboxConfig;
import dev.cofferdam.cri.v1.PodSandboxMetadata;
import dev.cofferdam.sandbox.ContainerSpec;
import dev.cofferdam.sandbox.MountSpec;
import dev.cofferdam.sandbox.ProcessSpec;
import dev.cofferdam.sandbox.Resources;
import dev.cofferdam.sandbox.RootFilesystem;
import dev.cofferdam.sandbox.SandboxSpec;
import dev.cofferdam.sandbox.Stdio;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Records with something in every field. */
public final class Records {
  private Records() {}

  public static SandboxRecord sandbox(String id) {
    return new SandboxRecord(
        SandboxRecord.VERSION,
        id,
        "gvisor",
        "fake",
        PodSandboxConfig.newBuilder()
            .setMetadata(PodSandboxMetadata.newBuilder().setName("web").setUid("u1").setAttempt(2))
            .build(),
        new SandboxSpec(
            id,
            "only",
            Path.of("/state/sandboxes", id, "backend"),
            "web",
            Optional.of(Path.of("/run/netns", id)),
            Optional.of("/kubepods/pod1"),
            new Resources(1024, 50_000, 100_000, 1 << 28, 1 << 28, 100, "0-1", "0"),
            Map.of("net.core.somaxconn", "1024"),
            true,
            false),
        SandboxRecord.Phase.READY,
        1_700_000_000_000_000_000L,
        "boot-1",
        List.of("10.0.0.7", "fd00::7"),
        "{\"cniVersion\":\"1.1.0\"}",
        "");
  }

  public static ContainerRecord container(String id, String sandboxId) {
    return new ContainerRecord(
        ContainerRecord.VERSION,
        id,
        sandboxId,
        ContainerConfig.newBuilder()
            .setMetadata(ContainerMetadata.newBuilder().setName("app"))
            .build(),
        Optional.of(
            new ContainerSpec(
                id,
                "app",
                Path.of("/state/containers", id, "backend"),
                new RootFilesystem.Directory(Path.of("/run/rootfs", id)),
                true,
                List.of(MountSpec.bind("/a", "/b", true)),
                new ProcessSpec(
                    List.of("sh"),
                    List.of("A=b"),
                    "/",
                    new ProcessSpec.User(1, 2, List.of(3L)),
                    Set.of("CAP_KILL"),
                    Set.of(),
                    true,
                    false),
                Resources.UNLIMITED,
                new Stdio(Optional.empty(), Optional.of(Path.of("/out")), Optional.empty()),
                List.of("/proc/kcore"),
                List.of("/proc/sys"),
                false,
                Optional.empty())),
        new ContainerRecord.ImageRecord("sha256:1", "busybox@sha256:2", "busybox:1"),
        Optional.of(Path.of("/var/log/pods/x/0.log")),
        15,
        LinuxContainerResources.newBuilder().setCpuShares(7).build(),
        ContainerRecord.Phase.RUNNING,
        1,
        2,
        0,
        0,
        "",
        "");
  }
}
