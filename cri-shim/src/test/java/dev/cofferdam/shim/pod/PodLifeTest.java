package dev.cofferdam.shim.pod;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cofferdam.cri.v1.ContainerState;
import dev.cofferdam.cri.v1.LinuxContainerResources;
import dev.cofferdam.cri.v1.LinuxPodSandboxConfig;
import dev.cofferdam.cri.v1.LinuxSandboxSecurityContext;
import dev.cofferdam.cri.v1.NamespaceMode;
import dev.cofferdam.cri.v1.NamespaceOption;
import dev.cofferdam.cri.v1.PodSandboxConfig;
import dev.cofferdam.cri.v1.PodSandboxState;
import dev.cofferdam.cri.v1.PodSandboxStatusRequest;
import dev.cofferdam.cri.v1.PodSandboxStatusResponse;
import dev.cofferdam.cri.v1.RuntimeServiceGrpc;
import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.SandboxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PodLifeTest {
  @TempDir Path root;
  private TestNode node;

  @BeforeEach
  void startNode() {
    node = new TestNode(root).started();
  }

  @AfterEach
  void closeNode() {
    node.close();
  }

  @Test
  void podSandbox_runStopRemove_isReadyThenNotThenGone() throws Exception {
    String id = node.run(node.pod("web"));
    assertEquals(PodSandboxState.SANDBOX_READY, node.list().getFirst().getState());
    assertEquals(TestNode.HANDLER, node.list().getFirst().getRuntimeHandler());

    node.stop(id);
    assertEquals(PodSandboxState.SANDBOX_NOTREADY, node.list().getFirst().getState());
    assertEquals(List.of(), List.copyOf(node.host.held));

    node.remove(id);
    assertEquals(List.of(), node.list());
    assertEquals(List.of(), node.leftovers());
  }

  @Test
  void runPodSandbox_repeated_givesTheSameSandbox() throws Exception {
    String first = node.run(node.pod("web"));
    assertEquals(first, node.run(node.pod("web")));
    assertEquals(1, node.list().size());
  }

  @Test
  void runPodSandbox_afterItWasRemoved_makesANewOne() throws Exception {
    String first = node.run(node.pod("web"));
    node.remove(first);
    assertNotEquals(first, node.run(node.pod("web")));
  }

  @Test
  void runPodSandbox_whileAStoppedOneHasTheName_saysSo() throws Exception {
    node.stop(node.run(node.pod("web")));
    SandboxException e = assertThrows(SandboxException.class, () -> node.run(node.pod("web")));
    assertEquals(ErrorCode.ALREADY_EXISTS, e.code());
  }

  @Test
  void runPodSandbox_ofManyPodsAtOnce_makesThemAll() throws Exception {
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<String>> pods =
          IntStream.range(0, 10)
              .mapToObj(i -> threads.submit(() -> node.run(node.pod("p" + i))))
              .toList();
      for (Future<String> pod : pods) {
        node.remove(pod.get());
      }
    }
    assertEquals(List.of(), node.leftovers());
  }

  @Test
  void runPodSandbox_withTheHostsProcesses_isRefusedAtOnceAndLeavesNothing() throws Exception {
    PodSandboxConfig config =
        node.pod("web").toBuilder()
            .setLinux(
                LinuxPodSandboxConfig.newBuilder()
                    .setSecurityContext(
                        LinuxSandboxSecurityContext.newBuilder()
                            .setNamespaceOptions(
                                NamespaceOption.newBuilder().setPid(NamespaceMode.NODE))))
            .build();
    SandboxException e = assertThrows(SandboxException.class, () -> node.run(config));
    assertEquals(ErrorCode.UNSUPPORTED, e.code());
    assertTrue(e.toString().contains("hostPID"), e.toString());
    assertEquals(List.of(), node.leftovers());
  }

  @Test
  void runPodSandbox_withALimitOutOfRange_namesTheField() throws Exception {
    PodSandboxConfig config =
        node.pod("web").toBuilder()
            .setLinux(
                LinuxPodSandboxConfig.newBuilder()
                    .setResources(LinuxContainerResources.newBuilder().setCpuPeriod(7)))
            .build();
    SandboxException e = assertThrows(SandboxException.class, () -> node.run(config));
    assertEquals(ErrorCode.INVALID_ARGUMENT, e.code());
    assertTrue(e.toString().contains("config.linux.resources.cpu_period"), e.toString());
  }

  @Test
  void podSandboxStatus_verbose_tellsBackendNetworkAndProcess() throws Exception {
    String id = node.run(node.pod("web"));
    PodSandboxStatusResponse response =
        node.call(
            RuntimeServiceGrpc.getPodSandboxStatusMethod(),
            PodSandboxStatusRequest.newBuilder().setPodSandboxId(id).setVerbose(true).build());
    assertEquals("10.9.8.7", response.getStatus().getNetwork().getIp());
    assertEquals("fd00::7", response.getStatus().getNetwork().getAdditionalIps(0).getIp());
    String info = response.getInfoOrThrow("info");
    assertTrue(info.contains("\"backend\":\"fake\""), info);
    assertTrue(info.contains("\"cniResult\":{\"cniVersion\""), info);
    assertFalse(info.contains("\"pid\":0"), info);
  }

  @Test
  void podSandboxStatus_verbose_asksTheWall() throws Exception {
    String id = node.run(node.pod("web"));
    assertTrue(verboseInfo(id).contains("\"wall\":{\"kind\":\"none\",\"variant\":\"plain\""));

    node.fake().failNext("wall", new SandboxException(ErrorCode.UNAVAILABLE, "it is mute"));
    assertTrue(verboseInfo(id).contains("\"wall\":{\"error\":\"it is mute\"}"));

    node.stop(id);
    assertFalse(verboseInfo(id).contains("\"wall\""));
  }

  private String verboseInfo(String id) throws Exception {
    return node.call(
            RuntimeServiceGrpc.getPodSandboxStatusMethod(),
            PodSandboxStatusRequest.newBuilder().setPodSandboxId(id).setVerbose(true).build())
        .getInfoOrThrow("info");
  }

  @Test
  void stopPodSandbox_withRunningContainer_exitsItWith137() throws Exception {
    String pod = node.run(node.pod("web"));
    String container = node.startNew(pod, "app", "sleep 1000");
    node.stop(pod);
    assertEquals(ContainerState.CONTAINER_EXITED, node.status(container).getState());
    assertEquals(137, node.status(container).getExitCode());
    assertTrue(node.host.finished.contains(container));

    node.remove(pod);
    assertEquals(List.of(), node.leftovers());
  }

  @Test
  void sandbox_thatEndsByItself_isNotReadyAndItsContainersExited() throws Exception {
    String pod = node.run(node.pod("web"));
    String container = node.startNew(pod, "app", "sleep 1000");
    PodSandboxStatusResponse status =
        node.call(
            RuntimeServiceGrpc.getPodSandboxStatusMethod(),
            PodSandboxStatusRequest.newBuilder().setPodSandboxId(pod).setVerbose(true).build());
    long pid = Long.parseLong(status.getInfoOrThrow("info").replaceAll(".*\"pid\":(\\d+).*", "$1"));

    ProcessHandle.of(pid).orElseThrow().destroyForcibly();

    org.awaitility.Awaitility.await()
        .until(() -> node.status(container).getState() == ContainerState.CONTAINER_EXITED);
    assertEquals(PodSandboxState.SANDBOX_NOTREADY, node.list().getFirst().getState());
    node.remove(pod);
    assertEquals(List.of(), node.leftovers());
  }

  @Test
  void stopPodSandbox_whoseBackendDoesNotStop_isEndedByForce() throws Exception {
    String pod = node.run(node.pod("web"));
    node.fake().failNext("stop", new SandboxException(ErrorCode.DEADLINE_EXCEEDED, "no answer"));
    node.stop(pod);
    assertEquals(List.of(), List.copyOf(node.host.held));
  }

  @Test
  void stopPodSandbox_whoseNetworkStays_failsUntilItIsRepeated() throws Exception {
    String pod = node.run(node.pod("web"));
    node.host.fail("delete", 1);
    SandboxException e = assertThrows(SandboxException.class, () -> node.stop(pod));
    assertTrue(e.toString().contains("detach it from the network"), e.toString());
    assertTrue(node.host.held.stream().anyMatch(each -> each.startsWith("netns")));

    node.stop(pod);
    assertEquals(List.of(), List.copyOf(node.host.held));
  }

  @Test
  void runPodSandbox_whereTheStateFolderCannotBeWritten_leavesNothing() throws Exception {
    Path sandboxes = root.resolve("state/sandboxes");
    Files.delete(sandboxes);
    Files.writeString(sandboxes, "in the way");
    assertThrows(SandboxException.class, () -> node.run(node.pod("web")));
    assertEquals(List.of(), List.copyOf(node.host.held));
    assertEquals(List.of(), node.fake().sandboxIds());
  }
}
