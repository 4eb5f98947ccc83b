package dev.cofferdam.lab;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * A node's {@code /etc/containerd}.
 *
 * @param top further lines at the top
 * @param runtime further lines of the CRI runtime plugin
 * @param systemd whether systemd makes runc's cgroups
 * @param peer whether gVisor's own shim is offered too, with its usual settings
 */
record ContainerdConfig(String top, String runtime, boolean systemd, boolean peer) {
  private static final String PEER =
      """
          [plugins."io.containerd.cri.v1.runtime".containerd.runtimes.runsc]
              runtime_type = "io.containerd.runsc.v1"
      """;

  private static final List<String> MIRRORED =
      List.of("docker.io", "registry.k8s.io", "k8s.gcr.io", "gcr.io", "quay.io", "ghcr.io");

  /** Writes all of it; one registry, of plain HTTP, stands in for every public one. */
  void write(Path folder, String registry) throws IOException {
    Files.createDirectories(folder);
    Files.writeString(folder.resolve("config.toml"), toml());
    for (String host : MIRRORED) {
      Path mirrored = Files.createDirectories(folder.resolve("certs.d").resolve(host));
      Files.writeString(
          mirrored.resolve("hosts.toml"),
          """
          server = "http://%1$s"

          [host."http://%1$s"]
            capabilities = ["pull", "resolve"]
          """
              .formatted(registry));
    }
  }

  private String toml() {
    return """
    version = 3
    %s

    [grpc]
      address = "%s"

    [plugins."io.containerd.cri.v1.runtime"]
      %s
      [plugins."io.containerd.cri.v1.runtime".containerd]
        default_runtime_name = "runc"
        [plugins."io.containerd.cri.v1.runtime".containerd.runtimes.runc]
          runtime_type = "io.containerd.runc.v2"
          [plugins."io.containerd.cri.v1.runtime".containerd.runtimes.runc.options]
            SystemdCgroup = %s
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
            top,
            Containerd.SOCKET,
            runtime,
            systemd,
            peer ? PEER : "",
            CniConfig.PLUGINS,
            CniConfig.FOLDER,
            Images.SANDBOX);
  }
}
