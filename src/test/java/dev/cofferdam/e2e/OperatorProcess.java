package dev.cofferdam.e2e;

import dev.cofferdam.lab.Lab;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * An operator as a process of the lab and not of a pod, so that it can be killed and started again
 * without waiting for kubelet; with the rights of its service account, and nothing else.
 */
final class OperatorProcess {
  private static final String NAMESPACE = "cofferdam-system";
  private static final Duration END_TIMEOUT = Duration.ofSeconds(30);

  /** What the JVM says of a process that was killed with -9. */
  static final int KILLED = 128 + 9;

  private final Process process;
  private final String identity;
  private final int port;

  private OperatorProcess(Process process, String identity, int port) {
    this.process = process;
    this.identity = identity;
    this.port = port;
  }

  /** What the operators of a test need: the pods are taken away, and a kubeconfig is written. */
  static Path prepare(Cluster cluster, Lab lab) throws IOException {
    String deployment = "deployment/cofferdam-operator";
    cluster.kubectl("scale", deployment, "-n", NAMESPACE, "--replicas=0").orThrow();
    cluster
        .kubectl(
            "wait",
            "pods",
            "-n",
            NAMESPACE,
            "--for=delete",
            "--timeout=90s",
            "-l",
            "app.kubernetes.io/component=operator")
        .orThrow();
    String token =
        cluster
            .kubectl("create", "token", "cofferdam-operator", "-n", NAMESPACE, "--duration=6h")
            .orThrow()
            .out()
            .strip();
    Path file = lab.directories().root().resolve("operator-process.kubeconfig");
    Files.writeString(
        file,
        """
        apiVersion: v1
        kind: Config
        current-context: lab
        clusters: [{name: lab, cluster: {server: "%s", certificate-authority: "%s"}}]
        users: [{name: operator, user: {token: "%s"}}]
        contexts: [{name: lab, context: {cluster: lab, user: operator}}]
        """
            .formatted(
                view(cluster, ".clusters[0].cluster.server"),
                view(cluster, ".clusters[0].cluster.certificate-authority"),
                token));
    return file;
  }

  private static String view(Cluster cluster, String path) {
    return cluster.kubectl("config", "view", "-o", "jsonpath={" + path + "}").orThrow().out();
  }

  /**
   * Starts one.
   *
   * @param identity by which it stands for election: a pod's name, which stays when its container
   *     is started again
   * @param port of its metrics and health
   * @param settings more of its environment, as {@code NAME=value}
   */
  static OperatorProcess start(
      Lab lab, Path kubeconfig, String identity, int port, String... settings) throws IOException {
    Path log = lab.directories().logs().resolve(identity + ".log");
    Path program = SharedLab.REPOSITORY.resolve("operator/target/quarkus-app/quarkus-run.jar");
    List<String> command =
        new ArrayList<>(
            List.of(
                "env",
                "KUBECONFIG=" + kubeconfig,
                "POD_NAMESPACE=" + NAMESPACE,
                "HOSTNAME=" + identity,
                "QUARKUS_HTTP_PORT=" + port,
                // As in all labs: made-up nodes have no Lease.
                "COFFERDAM_LEASE_GRACE=15m"));
    command.addAll(List.of(settings));
    command.addAll(
        List.of(
            "sh",
            "-c",
            "exec \"$0\" \"$@\" >> " + log + " 2>&1",
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-Djava.util.logging.manager=org.jboss.logmanager.LogManager",
            "-jar",
            program.toString()));
    return new OperatorProcess(lab.shell().start(command.toArray(String[]::new)), identity, port);
  }

  /** By which it stands for election. */
  String identity() {
    return identity;
  }

  /** What it counts; blank while it does not serve. */
  String metrics(Lab lab) {
    return lab.shell().run("curl", "-fsS", "http://localhost:" + port + "/q/metrics").out();
  }

  boolean alive() {
    return process.isAlive();
  }

  void kill() {
    process.destroyForcibly();
  }

  int exitCode() throws InterruptedException {
    if (!process.waitFor(END_TIMEOUT.toSeconds(), TimeUnit.SECONDS)) {
      throw new AssertionError("the operator does not end");
    }
    return process.exitValue();
  }
}
