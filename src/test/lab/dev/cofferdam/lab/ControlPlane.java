package dev.cofferdam.lab;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** etcd, kube-apiserver, kube-controller-manager and kube-scheduler. */
final class ControlPlane {
  /**
   * The service's port itself, since the node owns the service's address and nothing translates.
   */
  static final String URL = "https://" + Namespaces.NODE_IP;

  static final String API_SERVER = "kube-apiserver";

  /** As whom the API server speaks for its callers to other servers of APIs. */
  private static final String FRONT_PROXY = "front-proxy";

  private static final String ETCD_URL = "http://127.0.0.1:2379";
  private static final Duration READY_TIMEOUT = Duration.ofSeconds(90);

  private final LabDirectories directories;
  private final Programs programs;
  private final Daemons daemons;
  private final LabShell shell;
  private final Certificates certificates;

  ControlPlane(
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

  /**
   * Starts all of it and waits until the API server is ready; the node's readiness shows the rest.
   */
  void start(String nodeName) throws IOException {
    startEtcd();
    createCredentials(nodeName);
    startApiServer(List.of());
    startControllers();
  }

  /** Starts the API server anew, with further flags. Asked to end it would wait for all watches. */
  void restartApiServer(List<String> moreFlags) {
    daemons.kill(API_SERVER);
    startApiServer(moreFlags);
  }

  /**
   * Waits until pods are admitted in the namespace {@code default}: the controllers give it its
   * service account.
   */
  void awaitControllers() {
    Await.until(
        READY_TIMEOUT,
        () -> shell.run("kubectl", "get", "serviceaccount", "default").ok(),
        () -> "kube-controller-manager made no service account; see " + directories.logs());
  }

  private void createCredentials(String nodeName) throws IOException {
    certificates.createAuthority();
    certificates.createServiceAccountKey();
    certificates.sign(
        "kube-apiserver",
        "/CN=kube-apiserver",
        List.of(
            "IP:" + Namespaces.NODE_IP,
            "IP:" + Namespaces.API_SERVICE_IP,
            "IP:127.0.0.1",
            "DNS:localhost",
            "DNS:kubernetes",
            "DNS:kubernetes.default",
            "DNS:kubernetes.default.svc",
            "DNS:kubernetes.default.svc.cluster.local"));
    client("admin", "/O=system:masters/CN=admin");
    client("kube-controller-manager", "/CN=system:kube-controller-manager");
    client("kube-scheduler", "/CN=system:kube-scheduler");
    certificates.sign(FRONT_PROXY, "/CN=" + FRONT_PROXY, List.of());
    certificates.sign(
        "kubelet",
        "/O=system:nodes/CN=system:node:" + nodeName,
        List.of("IP:" + Namespaces.NODE_IP, "DNS:" + nodeName));
    Kubeconfig.write(
        directories.credentials().resolve("kubelet.kubeconfig"), certificates, "kubelet");
  }

  private void client(String name, String subject) throws IOException {
    certificates.sign(name, subject, List.of());
    Kubeconfig.write(directories.credentials().resolve(name + ".kubeconfig"), certificates, name);
  }

  private void startApiServer(List<String> moreFlags) {
    List<String> command =
        new ArrayList<>(
            List.of(
                programs.kubernetes("kube-apiserver"),
                "--etcd-servers=" + ETCD_URL,
                "--secure-port=443",
                "--advertise-address=" + Namespaces.NODE_IP,
                "--service-cluster-ip-range=10.96.0.0/16",
                "--authorization-mode=Node,RBAC",
                "--enable-admission-plugins=NodeRestriction",
                "--allow-privileged=true",
                "--client-ca-file=" + certificates.authority(),
                "--tls-cert-file=" + certificates.certificate("kube-apiserver"),
                "--tls-private-key-file=" + certificates.key("kube-apiserver"),
                "--kubelet-certificate-authority=" + certificates.authority(),
                "--kubelet-client-certificate=" + certificates.certificate("admin"),
                "--kubelet-client-key=" + certificates.key("admin"),
                "--kubelet-preferred-address-types=InternalIP",
                // For APIs that other servers serve, at their own addresses: nothing translates a
                // service's.
                "--enable-aggregator-routing=true",
                "--requestheader-client-ca-file=" + certificates.authority(),
                "--requestheader-allowed-names=" + FRONT_PROXY,
                "--requestheader-username-headers=X-Remote-User",
                "--requestheader-group-headers=X-Remote-Group",
                "--requestheader-extra-headers-prefix=X-Remote-Extra-",
                "--proxy-client-cert-file=" + certificates.certificate(FRONT_PROXY),
                "--proxy-client-key-file=" + certificates.key(FRONT_PROXY),
                "--service-account-issuer=https://kubernetes.default.svc",
                "--service-account-key-file="
                    + directories.credentials().resolve("service-accounts.pub"),
                "--service-account-signing-key-file=" + certificates.key("service-accounts"),
                "--profiling=false"));
    command.addAll(moreFlags);
    Daemon apiServer = daemons.start(API_SERVER, command);
    apiServer.await(READY_TIMEOUT, () -> shell.run("kubectl", "get", "--raw=/readyz").ok());
  }

  private void startEtcd() {
    daemons.start(
        "etcd",
        List.of(
            programs.path("etcd", "etcd"),
            "--data-dir=" + directories.root().resolve("etcd"),
            "--unsafe-no-fsync", // a lab's data is worth nothing after a power cut
            "--listen-client-urls=" + ETCD_URL,
            "--advertise-client-urls=" + ETCD_URL,
            "--listen-peer-urls=http://127.0.0.1:2380"));
  }

  private void startControllers() {
    daemons.start(
        "kube-controller-manager",
        List.of(
            programs.kubernetes("kube-controller-manager"),
            "--kubeconfig="
                + directories.credentials().resolve("kube-controller-manager.kubeconfig"),
            "--use-service-account-credentials=true",
            "--service-account-private-key-file=" + certificates.key("service-accounts"),
            "--root-ca-file=" + certificates.authority(),
            "--leader-elect=false"));
    daemons.start(
        "kube-scheduler",
        List.of(
            programs.kubernetes("kube-scheduler"),
            "--kubeconfig=" + directories.credentials().resolve("kube-scheduler.kubeconfig"),
            "--leader-elect=false"));
  }
}
