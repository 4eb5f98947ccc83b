package dev.cofferdam.lab;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * metrics-server, of which {@code kubectl top} asks: started by the tests that need it. Its rights,
 * service and API are those of its own manifests.
 */
public final class MetricsServer {
  private static final String NAME = "metrics-server";
  private static final int PORT = 10260;
  private static final Duration TIMEOUT = Duration.ofSeconds(60);

  /** Nothing here selects pods: the program runs beside the cluster, at the node's address. */
  private static final String ENDPOINTS =
      """
      apiVersion: discovery.k8s.io/v1
      kind: EndpointSlice
      metadata:
        name: metrics-server
        namespace: kube-system
        labels: {kubernetes.io/service-name: metrics-server}
      addressType: IPv4
      endpoints: [{addresses: ["%s"], conditions: {ready: true}}]
      ports: [{name: https, port: %d, protocol: TCP}]
      """
          .formatted(Namespaces.NODE_IP, PORT);

  private final LabDirectories directories;
  private final Programs programs;
  private final Daemons daemons;
  private final LabShell shell;
  private final Certificates certificates;

  MetricsServer(
      LabDirectories directories,
      Programs programs,
      Daemons daemons,
      LabShell shell,
      Certificates certificates) {
    this.directories = directories;
    this.programs = programs;
    this.daemons = daemons;
    this.shell = shell;
    this.certificates = certificates;
  }

  /** Starts it; it has numbers once it has asked kubelet twice, ten seconds apart. */
  public void start() throws IOException {
    String program = programs.path(NAME, NAME);
    Path manifests = Path.of(program).resolveSibling("manifests");
    for (String part : List.of("rbac", "service", "apiservice")) {
      run("", "apply", "-f", manifests.resolve(part + ".yaml").toString());
    }
    run(ENDPOINTS, "apply", "-f", "-");
    certificates.sign(
        NAME,
        "/CN=system:serviceaccount:kube-system:metrics-server",
        List.of("DNS:metrics-server.kube-system.svc"));
    Path kubeconfig = directories.credentials().resolve(NAME + ".kubeconfig");
    Kubeconfig.write(kubeconfig, certificates, NAME);
    daemons.start(
        NAME,
        List.of(
            program,
            "--kubeconfig=" + kubeconfig,
            "--authentication-kubeconfig=" + kubeconfig,
            "--authorization-kubeconfig=" + kubeconfig,
            "--secure-port=" + PORT,
            "--tls-cert-file=" + certificates.certificate(NAME),
            "--tls-private-key-file=" + certificates.key(NAME),
            "--kubelet-certificate-authority=" + certificates.authority(),
            "--kubelet-preferred-address-types=InternalIP",
            "--metric-resolution=10s",
            "--kubelet-request-timeout=9s"));
  }

  /** Ends it and takes its API out of the cluster. */
  public void stop() {
    run("", "delete", "apiservice", "v1beta1.metrics.k8s.io", "--ignore-not-found");
    daemons.stop(NAME);
  }

  private void run(String input, String... arguments) {
    List<String> command = new ArrayList<>(List.of("kubectl"));
    command.addAll(List.of(arguments));
    shell.run(TIMEOUT, input, command).orThrow();
  }
}
