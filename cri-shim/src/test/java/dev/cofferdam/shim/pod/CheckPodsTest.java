package dev.cofferdam.shim.pod;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.cofferdam.cri.v1.ContainerFilter;
import dev.cofferdam.cri.v1.ListContainersRequest;
import dev.cofferdam.cri.v1.ListPodSandboxRequest;
import dev.cofferdam.cri.v1.PodSandboxFilter;
import dev.cofferdam.cri.v1.PodSandboxStatusRequest;
import dev.cofferdam.cri.v1.RunPodSandboxRequest;
import dev.cofferdam.cri.v1.RuntimeServiceGrpc;
import dev.cofferdam.shim.live.CheckPods;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** kubelet ends every pod in a list that no API server knows. */
class CheckPodsTest {
  @TempDir Path root;
  private TestNode node;
  private String pod = "";

  @BeforeEach
  void startACheckPod() throws Exception {
    node = new TestNode(root).started();
    pod =
        node.call(
                RuntimeServiceGrpc.getRunPodSandboxMethod(),
                RunPodSandboxRequest.newBuilder()
                    .setConfig(node.pod("check").toBuilder().putLabels(CheckPods.LABEL, "true"))
                    .setRuntimeHandler(TestNode.CHECK_HANDLER)
                    .build())
            .getPodSandboxId();
  }

  @AfterEach
  void closeNode() {
    node.close();
  }

  @Test
  void podOfACheck_isInNoListButOfWhoAsksForItsLabel() throws Exception {
    assertEquals(0, listed(PodSandboxFilter.getDefaultInstance()));
    assertEquals(0, listed(PodSandboxFilter.newBuilder().setId(pod).build()));
    assertEquals(
        1, listed(PodSandboxFilter.newBuilder().putLabelSelector(CheckPods.LABEL, "true").build()));
    assertEquals(
        pod,
        node.call(
                RuntimeServiceGrpc.getPodSandboxStatusMethod(),
                PodSandboxStatusRequest.newBuilder().setPodSandboxId(pod).build())
            .getStatus()
            .getId());
  }

  @Test
  void containersOfACheck_areInNoList() throws Exception {
    node.startNew(pod, "app", "sleep 1000");
    assertEquals(
        0,
        node.call(
                RuntimeServiceGrpc.getListContainersMethod(),
                ListContainersRequest.newBuilder()
                    .setFilter(ContainerFilter.newBuilder().setPodSandboxId(pod))
                    .build())
            .getContainersCount());
  }

  @Test
  void podWithTheLabelButAnotherHandler_isListed() throws Exception {
    node.call(
        RuntimeServiceGrpc.getRunPodSandboxMethod(),
        RunPodSandboxRequest.newBuilder()
            .setConfig(node.pod("forger").toBuilder().putLabels(CheckPods.LABEL, "true"))
            .setRuntimeHandler(TestNode.HANDLER)
            .build());
    assertEquals(1, listed(PodSandboxFilter.getDefaultInstance()));
  }

  @Test
  void anInstallersCanary_isInNoListButOfWhoAsksForItsLabel() throws Exception {
    node.call(
        RuntimeServiceGrpc.getRunPodSandboxMethod(),
        RunPodSandboxRequest.newBuilder()
            .setConfig(node.pod("canary").toBuilder().putLabels(CheckPods.CANARY_LABEL, "true"))
            .setRuntimeHandler(TestNode.CANARY_HANDLER)
            .build());
    assertEquals(0, listed(PodSandboxFilter.getDefaultInstance()));
    assertEquals(
        1,
        listed(
            PodSandboxFilter.newBuilder()
                .putLabelSelector(CheckPods.CANARY_LABEL, "true")
                .build()));
  }

  private int listed(PodSandboxFilter filter) throws Exception {
    return node.call(
            RuntimeServiceGrpc.getListPodSandboxMethod(),
            ListPodSandboxRequest.newBuilder().setFilter(filter).build())
        .getItemsCount();
  }
}
