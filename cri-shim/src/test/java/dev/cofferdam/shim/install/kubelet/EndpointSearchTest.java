package dev.cofferdam.shim.install.kubelet;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cofferdam.sandbox.SandboxException;
import dev.cofferdam.shim.install.host.Acts;
import dev.cofferdam.shim.install.host.HostFiles;
import dev.cofferdam.shim.install.host.HostProcesses;
import dev.cofferdam.shim.install.record.EndpointChange;
import dev.cofferdam.shim.install.record.EndpointChange.Kind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EndpointSearchTest {
  private static final String SHIM = "unix:///run/cofferdam/cri.sock";
  private static final String CONTAINERD = "unix:///run/containerd/containerd.sock";
  private static final String CONFIG =
      "apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\n";

  @TempDir Path root;

  @Test
  void configFile_thatNamesNone_getsOneLineMore() throws IOException {
    put("/etc/kubelet.yaml", CONFIG);
    EndpointChange change = search("kubelet", "--config", "/etc/kubelet.yaml");
    assertEquals(Kind.CONFIG_FILE, change.kind());
    assertEquals("/run/containerd/containerd.sock", EndpointSearch.socket(change));
    String changed = EndpointFile.with(change, CONFIG, SHIM);
    assertEquals(CONFIG + "containerRuntimeEndpoint: " + SHIM + "\n", changed);
    assertEquals(CONFIG, EndpointFile.with(change, changed, change.before()));
  }

  @Test
  void configFile_thatNamesOne_keepsItsComment() throws IOException {
    String text =
        CONFIG
            + "containerRuntimeEndpoint: \"unix:///var/run/containerd/containerd.sock\"  # why\nmaxPods: 9\n";
    put("/etc/kubelet.yaml", text);
    EndpointChange change = search("kubelet", "--config=/etc/kubelet.yaml");
    assertEquals("/run/containerd/containerd.sock", EndpointSearch.socket(change));
    assertEquals(
        CONFIG + "containerRuntimeEndpoint: " + SHIM + " # why\nmaxPods: 9\n",
        EndpointFile.with(change, text, SHIM));
  }

  @Test
  void configFile_inAFormThatNoLineCanChange_isRefused() throws IOException {
    for (String text :
        List.of(
            "{\"kind\": \"KubeletConfiguration\"}",
            "kind: Other\n",
            CONFIG + "containerRuntimeEndpoint: >-\n  unix:///run/containerd/containerd.sock\n",
            CONFIG + "? containerRuntimeEndpoint\n: " + CONTAINERD + "\n")) {
      EndpointChange change = new EndpointChange(Kind.CONFIG_FILE, "/f", CONTAINERD, SHIM);
      assertThrows(SandboxException.class, () -> EndpointFile.with(change, text, SHIM), () -> text);
    }
  }

  @Test
  void dropInFolder_getsAFileThatGoesBeforeTheOthers() throws IOException {
    put("/etc/kubelet.yaml", CONFIG + "containerRuntimeEndpoint: unix:///first.sock\n");
    put("/etc/kubelet.d/10-more.conf", CONFIG + "containerRuntimeEndpoint: unix:///second.sock\n");
    put("/etc/kubelet.d/ignored.txt", "anything");
    EndpointChange change =
        search("kubelet", "--config=/etc/kubelet.yaml", "--config-dir=/etc/kubelet.d");
    assertEquals(Kind.DROP_IN, change.kind());
    assertEquals("/etc/kubelet.d/zz-cofferdam.conf", change.file());
    assertEquals("/second.sock", EndpointSearch.socket(change));
    assertEquals(SHIM, EndpointFile.inYaml(EndpointFile.with(change, "", SHIM), "ours"));
  }

  @Test
  void dropInFolder_withOneThatSortsAfterOurs_isRefused() throws IOException {
    put("/etc/kubelet.d/zzz.conf", CONFIG + "containerRuntimeEndpoint: unix:///last.sock\n");
    assertRefused("goes before ours", "kubelet", "--config-dir=/etc/kubelet.d");
  }

  @Test
  void flag_ofKubeadm_isChangedInItsFile() throws IOException {
    String text =
        "KUBELET_KUBEADM_ARGS=\"--container-runtime-endpoint=" + CONTAINERD + " --v=2\"\n";
    put("/var/lib/kubelet/kubeadm-flags.env", text);
    EndpointChange change =
        search("/usr/bin/kubelet", "--container-runtime-endpoint=" + CONTAINERD, "--v=2");
    assertEquals(Kind.FLAG, change.kind());
    assertEquals(
        "KUBELET_KUBEADM_ARGS=\"--container-runtime-endpoint=" + SHIM + " --v=2\"\n",
        EndpointFile.with(change, text, SHIM));
  }

  @Test
  void flag_ofAUnit_isChangedThere() throws IOException {
    String text =
        "[Service]\nExecStart=/usr/bin/kubelet \\\n  --container-runtime-endpoint "
            + CONTAINERD
            + " \\\n  --v=2\n";
    put("/etc/systemd/system/kubelet.service", text);
    EndpointChange change = search("kubelet", "--container-runtime-endpoint", CONTAINERD);
    assertEquals(Kind.UNIT_FLAG, change.kind());
    assertEquals(text.replace(CONTAINERD, SHIM), EndpointFile.with(change, text, SHIM));
  }

  @Test
  void flag_thatNoFileOfOursSets_isRefused() throws IOException {
    assertRefused("none of the files", "kubelet", "--container-runtime-endpoint=" + CONTAINERD);
  }

  @Test
  void flag_thatTwoFilesSet_isRefused() throws IOException {
    put("/etc/default/kubelet", "KUBELET_EXTRA_ARGS=--container-runtime-endpoint=" + CONTAINERD);
    put("/etc/sysconfig/kubelet", "KUBELET_EXTRA_ARGS=--container-runtime-endpoint=" + CONTAINERD);
    assertRefused("these set it", "kubelet", "--container-runtime-endpoint=" + CONTAINERD);
  }

  @Test
  void k3s_isRefusedWithTheReason() throws IOException {
    assertRefused("containerd stops as soon as", "/usr/local/bin/k3s", "server");
  }

  @Test
  void noKubelet_isRefused() throws IOException {
    assertRefused("no process named kubelet", "/usr/bin/sleep", "1");
  }

  private void assertRefused(String why, String... command) throws IOException {
    SandboxException refused = assertThrows(SandboxException.class, () -> search(command));
    assertTrue(String.valueOf(refused.getMessage()).contains(why), refused::getMessage);
  }

  private EndpointChange search(String... command) throws IOException {
    put("/proc/7/cmdline", String.join("\0", command) + "\0");
    HostFiles files = new HostFiles(root, Acts.ALL);
    return new EndpointSearch(files, SHIM).of(Kubelet.find(new HostProcesses(files)));
  }

  private void put(String path, String text) throws IOException {
    Path file = root.resolve(path.substring(1));
    Files.createDirectories(file.getParent());
    Files.writeString(file, text);
  }
}
