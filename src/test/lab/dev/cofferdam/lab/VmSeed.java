package dev.cofferdam.lab;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.UUID;

/**
 * What makes a copy of the cached image the node of one lab: its name, addresses, keys and
 * certificates, in the layout of kubeadm. The machine unpacks it at its first boot.
 */
final class VmSeed {
  private static final Duration TIMEOUT = Duration.ofSeconds(30);
  private static final String KUBELET = "vm-kubelet";
  private static final String PKI = "/var/lib/kubelet/pki";
  private static final String STATIC_PODS = "/etc/kubernetes/manifests";
  private static final String AUTHORITY = "/etc/kubernetes/pki/ca.crt";

  private final Path folder;
  private final String nodeName;
  private final Certificates certificates;
  private final VmShell keys;

  VmSeed(Path folder, String nodeName, Certificates certificates, VmShell keys) {
    this.folder = folder;
    this.nodeName = nodeName;
    this.certificates = certificates;
    this.keys = keys;
  }

  /** Writes the archive and returns it: as long as whole sectors, as a disk must be. */
  Path write() throws IOException {
    Files.createDirectories(folder);
    keys.createKeys();
    system();
    runtime();
    kubelet();
    Path archive = folder.resolve("seed.tar");
    Command.run(
            TIMEOUT,
            List.of(
                "sh",
                "-c",
                "cd \"$1\" && find . -type f -print0 | tar -cf \"$2\" --null --no-recursion"
                    + " --owner=0 --group=0 -T -",
                "sh",
                root().toString(),
                archive.toString()))
        .orThrow();
    return archive;
  }

  private Path root() {
    return folder.resolve("seed");
  }

  private void system() throws IOException {
    put("/etc/hostname", nodeName + "\n");
    put("/etc/hosts", "127.0.0.1 localhost\n%s %s\n".formatted(VmNode.IP, nodeName));
    put("/etc/resolv.conf", "nameserver " + Namespaces.NODE_IP + "\n");
    put("/etc/machine-id", UUID.randomUUID().toString().replace("-", "") + "\n");
    put(
        "/etc/systemd/network/10-lab.network",
        """
        [Match]
        Name=eth0

        [Network]
        Address=%s/24
        Gateway=%s
        LinkLocalAddressing=no
        IPv6AcceptRA=no
        """
            .formatted(VmNode.IP, Namespaces.NODE_IP));
    secret("/etc/ssh/ssh_host_ed25519_key", Files.readString(keys.hostKey()));
    secret("/root/.ssh/authorized_keys", Files.readString(VmShell.publicKey(keys.clientKey())));
  }

  private void runtime() throws IOException {
    new ContainerdConfig("", "", true, false)
        .write(root().resolve("etc/containerd"), Namespaces.NODE_IP + ":" + Registry.PORT);
    put(CniConfig.FOLDER + "/" + CniConfig.FILE, CniConfig.of(VmNode.POD_SUBNET));
    put("/etc/crictl.yaml", "runtime-endpoint: unix://" + Containerd.SOCKET + "\ntimeout: 60s\n");
  }

  private void kubelet() throws IOException {
    certificates.sign(
        KUBELET,
        "/O=system:nodes/CN=system:node:" + nodeName,
        List.of("IP:" + VmNode.IP, "DNS:" + nodeName));
    put(AUTHORITY, Files.readString(certificates.authority()));
    put(PKI + "/kubelet.crt", Files.readString(certificates.certificate(KUBELET)));
    secret(PKI + "/kubelet.key", Files.readString(certificates.key(KUBELET)));
    secret(
        "/etc/kubernetes/kubelet.conf",
        Kubeconfig.withCertificate(
            Path.of(AUTHORITY),
            nodeName,
            Path.of(PKI, "kubelet.crt"),
            Path.of(PKI, "kubelet.key")));
    put(
        "/var/lib/kubelet/kubeadm-flags.env",
        "KUBELET_KUBEADM_ARGS=\"--node-ip=%s --hostname-override=%s\"\n"
            .formatted(VmNode.IP, nodeName));
    put(
        VmNode.KUBELET_CONFIG,
        """
        apiVersion: kubelet.config.k8s.io/v1beta1
        kind: KubeletConfiguration
        containerRuntimeEndpoint: unix://%1$s
        authentication:
          anonymous: {enabled: false}
          webhook: {enabled: true}
          x509: {clientCAFile: %2$s}
        authorization: {mode: Webhook}
        tlsCertFile: %3$s/kubelet.crt
        tlsPrivateKeyFile: %3$s/kubelet.key
        cgroupDriver: systemd
        clusterDNS: [10.96.0.10]
        resolvConf: /etc/resolv.conf
        staticPodPath: %4$s
        runtimeRequestTimeout: 10m
        nodeStatusUpdateFrequency: 10s
        containerLogMaxSize: 500Mi
        """
            .formatted(Containerd.SOCKET, AUTHORITY, PKI, STATIC_PODS));
    // Its folder: kubelet passes over names that begin with a dot.
    put(STATIC_PODS + "/.keep", "");
  }

  private void put(String path, String content) throws IOException {
    Path file = root().resolve(path.substring(1));
    Files.createDirectories(file.getParent());
    Files.writeString(file, content);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
  }

  private void secret(String path, String content) throws IOException {
    put(path, content);
    Files.setPosixFilePermissions(
        root().resolve(path.substring(1)), PosixFilePermissions.fromString("rw-------"));
  }
}
