package dev.cofferdam.shim.cli;

import dev.cofferdam.shim.config.Settings;
import dev.cofferdam.shim.install.NodeInstaller;
import dev.cofferdam.shim.install.host.Acts;
import dev.cofferdam.shim.install.host.HostFiles;
import dev.cofferdam.shim.install.host.HostProcesses;
import dev.cofferdam.shim.install.kubelet.FirstAccess;
import dev.cofferdam.shim.install.kubelet.Kubelet;
import dev.cofferdam.shim.install.payload.Payload;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What is to be installed, as options. */
final class NodeOrder {
  @Option(
      names = "--payload",
      paramLabel = "FOLDER",
      description = "what to install (default: the payload that this program is a part of)")
  private @Nullable Path payload;

  @Option(
      names = "--require",
      paramLabel = "HANDLER",
      split = ",",
      description = "walls that must work here, else it is undone; '': none (default: gvisor)")
  private List<String> require = List.of("gvisor");

  @Option(
      names = "--setting",
      paramLabel = "KEY=VALUE",
      description = {
        "a setting of the shim (docs/configuration.md), such as backend.gvisor.runsc=/usr/local/bin/runsc; may be",
        "repeated. /etc/cofferdam/config.properties is written anew, unless somebody else has changed it"
      })
  private @Nullable Map<String, String> settings;

  @Option(
      names = "--settings-anew",
      description =
          "write that file anew also without --setting: what was set before is not any more")
  private boolean anew;

  @Option(
      names = "--kubeconfig",
      paramLabel = "FILE",
      description = "credentials for the API server, copied to /etc/cofferdam/kubeconfig")
  private @Nullable Path kubeconfig;

  @Option(
      names = "--pod-token",
      paramLabel = "FILE",
      description = {
        "instead of --kubeconfig: a token of the service account for nodes, of a pod on this node; the",
        "shim exchanges it at once for one that is bound to the Node"
      })
  private @Nullable Path podToken;

  NodeInstaller.Order order() throws IOException {
    Path folder = payload == null ? Path.of(System.getProperty("cofferdam.home", "/")) : payload;
    return new NodeInstaller.Order(
        Payload.of(folder.toAbsolutePath().normalize()),
        require.stream().filter(wall -> !wall.isBlank()).toList(),
        access(),
        settings());
  }

  private Optional<Map<String, String>> settings() {
    Map<String, String> named = settings == null ? Map.of() : settings;
    Settings.requireKnown(named.keySet(), "of --setting");
    return anew || !named.isEmpty() ? Optional.of(named) : Optional.empty();
  }

  private Optional<String> access() throws IOException {
    if (podToken != null) {
      HostFiles files = new HostFiles(Path.of("/"), Acts.ALL);
      Kubelet kubelet = Kubelet.find(new HostProcesses(files));
      return Optional.of(
          FirstAccess.kubeconfig(kubelet, files, Files.readString(podToken).strip()));
    }
    return kubeconfig == null ? Optional.empty() : Optional.of(Files.readString(kubeconfig));
  }
}
