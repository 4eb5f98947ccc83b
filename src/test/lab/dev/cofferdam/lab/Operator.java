package dev.cofferdam.lab;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** Cofferdam's operator and chart in the lab's cluster. */
public final class Operator {
  public static final String NAMESPACE = "cofferdam-system";

  private static final Duration TIMEOUT = Duration.ofMinutes(2);
  private static final String REPOSITORY = "cofferdam/operator";

  private final Path repository;
  private final LabShell shell;

  /**
   * @param repository this source tree, which holds the chart and the image that {@code
   *     dev/lib/operator-image} made
   */
  Operator(Path repository, LabShell shell) {
    this.repository = repository;
    this.shell = shell;
  }

  /**
   * Pushes the image to the lab's registry and installs the chart, or upgrades it when the image
   * has changed. Does not wait for the pod: where there is no node yet, none can run.
   */
  void install() throws IOException {
    Path layout = repository.resolve("operator/target/image");
    if (!Files.exists(layout)) {
      throw new LabException(layout + " is missing: run dev/lib/operator-image");
    }
    String tag = Files.readString(repository.resolve("operator/target/image.tag")).strip();
    run(
        "skopeo",
        "copy",
        "-q",
        "--dest-tls-verify=false",
        "oci:" + layout + ":operator",
        "docker://%s/%s:%s".formatted(Registry.ADDRESS, REPOSITORY, tag));
    run(
        "helm",
        "upgrade",
        "--install",
        "cofferdam",
        repository.resolve("deploy/helm/cofferdam").toString(),
        "--namespace",
        NAMESPACE,
        "--create-namespace",
        "--set",
        "operator.image.repository=docker.io/" + REPOSITORY,
        "--set",
        "operator.image.tag=" + tag,
        // Tests stop shims for longer than a real node's would be away, and some run one that has
        // no Lease.
        "--set",
        "operator.leaseGrace=15m");
  }

  /** Waits until the operator's pod is ready. */
  void awaitReady() {
    run(
        "kubectl",
        "-n",
        NAMESPACE,
        "rollout",
        "status",
        "deployment/cofferdam-operator",
        "--timeout=" + TIMEOUT.toSeconds() + "s");
  }

  /** A kubeconfig with a first token of the service account for nodes, bound to this one. */
  void writeNodeKubeconfig(Path file, Path authority, String node) throws IOException {
    Files.createDirectories(file.getParent());
    Kubeconfig.writeWithToken(file, authority, "cofferdam-node", nodeToken(node));
  }

  /** A token as nodes' shims have it, bound to a Node that exists. */
  public String nodeToken(String node) {
    return run(
            "kubectl",
            "-n",
            NAMESPACE,
            "create",
            "token",
            "cofferdam-node",
            "--bound-object-kind",
            "Node",
            "--bound-object-name",
            node,
            "--duration=24h")
        .out()
        .strip();
  }

  private Command.Result run(String... command) {
    return shell.run(TIMEOUT, "", List.of(command)).orThrow();
  }
}
