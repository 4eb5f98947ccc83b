package dev.cofferdam.shim.install.kubelet;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.cofferdam.shim.install.host.Acts;
import dev.cofferdam.shim.install.host.HostFiles;
import dev.cofferdam.shim.kube.ApiServer;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FirstAccessTest {
  @TempDir private Path root;

  @Test
  void kubeconfig_hasKubeletsServerAndOurToken_asTheShimReadsIt() throws IOException {
    Files.createDirectories(root.resolve("etc/kubernetes"));
    Files.writeString(root.resolve("etc/kubernetes/ca.crt"), "");
    Files.writeString(
        root.resolve("etc/kubernetes/kubelet.conf"),
        """
        apiVersion: v1
        kind: Config
        current-context: a
        clusters: [{name: c, cluster: {server: "https://10.0.0.1:6443", certificate-authority: ca.crt}}]
        users: [{name: u, user: {client-certificate: x, client-key: y}}]
        contexts: [{name: a, context: {cluster: c, user: u}}]
        """);
    Kubelet kubelet = new Kubelet(1, List.of("--kubeconfig=/etc/kubernetes/kubelet.conf"));
    Path written = root.resolve("written");
    Files.writeString(
        written, FirstAccess.kubeconfig(kubelet, new HostFiles(root, Acts.ALL), "t.o.k"));
    ApiServer read = ApiServer.of(written);
    assertEquals(URI.create("https://10.0.0.1:6443"), read.address());
    assertEquals(Optional.of("t.o.k"), read.token());
  }
}
