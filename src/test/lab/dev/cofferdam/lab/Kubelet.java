package dev.cofferdam.lab;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** kubelet. Its container runtime endpoint is the one setting that Cofferdam asks of a node. */
final class Kubelet {
  static final String NAME = "kubelet";
  private static final Duration READY_TIMEOUT = Duration.ofSeconds(90);

  private final LabDirectories directories;
  private final Programs programs;
  private final Daemons daemons;
  private final LabShell shell;
  private final String nodeName;

  Kubelet(
      LabDirectories directories,
      Programs programs,
      Daemons daemons,
      LabShell shell,
      String nodeName) {
    this.directories = directories;
    this.programs = programs;
    this.daemons = daemons;
    this.shell = shell;
    this.nodeName = nodeName;
  }

  String nodeName() {
    return nodeName;
  }

  void start(String runtimeSocket) throws IOException {
    start(runtimeSocket, "");
  }

  /** Ends the one that runs and starts another one; pods stay as they are. */
  void restart(String runtimeSocket, String moreSettings) throws IOException {
    daemons.stop(NAME);
    start(runtimeSocket, moreSettings);
  }

  /**
   * Starts kubelet and waits until the node is ready.
   *
   * @param moreSettings further lines of its KubeletConfiguration
   */
  private void start(String runtimeSocket, String moreSettings) throws IOException {
    Path settings = directories.settings().resolve("kubelet.yaml");
    Path resolvConf = directories.settings().resolve("resolv.conf");
    Files.writeString(resolvConf, "nameserver " + Namespaces.NODE_IP + "\n");
    Path manifests = Files.createDirectories(directories.settings().resolve("static-pods"));
    Path credentials = directories.credentials();
    // No evictions and no image collection: a full disk on the developer's machine is not the lab's
    // business.
    Files.writeString(
        settings,
        """
        apiVersion: kubelet.config.k8s.io/v1beta1
        kind: KubeletConfiguration
        containerRuntimeEndpoint: unix://%1$s
        authentication:
          anonymous: {enabled: false}
          webhook: {enabled: true}
          x509: {clientCAFile: %2$s/ca.crt}
        authorization: {mode: Webhook}
        tlsCertFile: %2$s/kubelet.crt
        tlsPrivateKeyFile: %2$s/kubelet.key
        cgroupDriver: cgroupfs
        failCgroupV1: false
        failSwapOn: false
        oomScoreAdj: 0
        makeIPTablesUtilChains: false
        clusterDNS: [10.96.0.10]
        resolvConf: %3$s
        evictionHard: {memory.available: "0%%", nodefs.available: "0%%", nodefs.inodesFree: "0%%", imagefs.available: "0%%"}
        imageGCHighThresholdPercent: 100
        imageGCLowThresholdPercent: 99
        nodeStatusUpdateFrequency: 5s
        containerLogMaxSize: 500Mi
        serializeImagePulls: false
        staticPodPath: %4$s
        %5$s
        """
            .formatted(runtimeSocket, credentials, resolvConf, manifests, moreSettings));
    // When kubelet removes a dead container that has no log's name, it removes all files of its
    // working directory (pkg/kubelet/logs, Clean). In / it took this machine's /bin.
    Path nothing = Files.createDirectories(directories.settings().resolve("nothing"));
    List<String> command =
        List.of(
            "env",
            "--chdir=" + nothing,
            programs.kubernetes("kubelet"),
            "--config=" + settings,
            "--kubeconfig=" + credentials.resolve("kubelet.kubeconfig"),
            "--hostname-override=" + nodeName,
            "--node-ip=" + Namespaces.NODE_IP);
    // For whoever starts it anew with another configuration.
    Files.writeString(
        directories.settings().resolve("kubelet.command"), String.join(" ", command) + "\n");
    Daemon kubelet = daemons.start(NAME, command);
    kubelet.await(READY_TIMEOUT, this::nodeReady);
  }

  boolean nodeReady() {
    return shell
        .run(
            "kubectl",
            "get",
            "node",
            nodeName,
            "-o",
            "jsonpath={.status.conditions[?(@.type==\"Ready\")].status}")
        .out()
        .equals("True");
  }
}
