package dev.cofferdam.lab;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** containerd, as it would stand on a node: it knows nothing of Cofferdam. */
public final class Containerd {
  static final String SOCKET = "/run/containerd/containerd.sock";

  static final String NAME = "containerd";
  private static final String PEER =
      """
          [plugins."io.containerd.cri.v1.runtime".containerd.runtimes.runsc]
              runtime_type = "io.containerd.runsc.v1"
      """;

  private static final Duration READY_TIMEOUT = Duration.ofSeconds(30);
  private static final List<String> MIRRORED =
      List.of("docker.io", "registry.k8s.io", "k8s.gcr.io", "gcr.io", "quay.io", "ghcr.io");

  private final LabDirectories directories;
  private final Programs programs;
  private final Daemons daemons;
  private final LabShell shell;
  private final boolean peer;

  /**
   * @param peer whether gVisor's own shim is offered too, with its usual settings
   */
  Containerd(
      LabDirectories directories,
      Programs programs,
      Daemons daemons,
      LabShell shell,
      boolean peer) {
    this.directories = directories;
    this.programs = programs;
    this.daemons = daemons;
    this.shell = shell;
    this.peer = peer;
  }

  void configure() throws IOException {
    Path settings = directories.etc("containerd");
    Files.createDirectories(settings);
    // oom_score, restrict_oom_score_adj: root may lack CAP_SYS_RESOURCE (a container, a CI
    // machine).
    Files.writeString(
        settings.resolve("config.toml"),
        """
        version = 3
        oom_score = 0

        [grpc]
          address = "%s"

        [plugins."io.containerd.cri.v1.runtime"]
          restrict_oom_score_adj = true
          [plugins."io.containerd.cri.v1.runtime".containerd]
            default_runtime_name = "runc"
            [plugins."io.containerd.cri.v1.runtime".containerd.runtimes.runc]
              runtime_type = "io.containerd.runc.v2"
              [plugins."io.containerd.cri.v1.runtime".containerd.runtimes.runc.options]
                SystemdCgroup = false
        %s\
          [plugins."io.containerd.cri.v1.runtime".cni]
            bin_dirs = ["%s"]
            conf_dir = "%s"

        [plugins."io.containerd.cri.v1.images"]
          [plugins."io.containerd.cri.v1.images".pinned_images]
            sandbox = "%s"
          [plugins."io.containerd.cri.v1.images".registry]
            config_path = "/etc/containerd/certs.d"
        """
            .formatted(
                SOCKET, peer ? PEER : "", CniConfig.PLUGINS, CniConfig.FOLDER, Images.SANDBOX));
    for (String host : MIRRORED) {
      Path folder = Files.createDirectories(settings.resolve("certs.d").resolve(host));
      Files.writeString(
          folder.resolve("hosts.toml"),
          """
          server = "http://%1$s"

          [host."http://%1$s"]
            capabilities = ["pull", "resolve"]
          """
              .formatted(Registry.ADDRESS));
    }
  }

  /** Starts containerd and waits until it answers. */
  public void start() {
    Daemon containerd =
        daemons.start(
            NAME,
            // The shim program is looked up on the PATH.
            Map.of("PATH", programs.searchPath()),
            List.of(programs.path(NAME, "containerd"), "--config", "/etc/containerd/config.toml"));
    containerd.await(
        READY_TIMEOUT,
        () -> shell.run("crictl", "--runtime-endpoint", "unix://" + SOCKET, "info", "-q").ok());
  }

  /** What a crash does. */
  public void kill() {
    daemons.kill(NAME);
  }

  /** An orderly end. */
  public void stop() {
    daemons.stop(NAME);
  }
}
