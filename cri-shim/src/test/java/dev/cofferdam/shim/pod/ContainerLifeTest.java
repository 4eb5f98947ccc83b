package dev.cofferdam.shim.pod;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import dev.cofferdam.cri.v1.ContainerConfig;
import dev.cofferdam.cri.v1.ContainerEventResponse;
import dev.cofferdam.cri.v1.ContainerEventType;
import dev.cofferdam.cri.v1.ContainerState;
import dev.cofferdam.cri.v1.ContainerStats;
import dev.cofferdam.cri.v1.Device;
import dev.cofferdam.cri.v1.ExecSyncRequest;
import dev.cofferdam.cri.v1.ExecSyncResponse;
import dev.cofferdam.cri.v1.KeyValue;
import dev.cofferdam.cri.v1.ListContainerStatsRequest;
import dev.cofferdam.cri.v1.ListContainersRequest;
import dev.cofferdam.cri.v1.Mount;
import dev.cofferdam.cri.v1.RemoveContainerRequest;
import dev.cofferdam.cri.v1.RuntimeServiceGrpc;
import dev.cofferdam.cri.v1.StartContainerRequest;
import dev.cofferdam.cri.v1.StopContainerRequest;
import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.SandboxException;
import dev.cofferdam.shim.front.EventSource;
import dev.cofferdam.shim.front.Route;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ContainerLifeTest {
  @TempDir Path root;
  private TestNode node;
  private String pod;

  @BeforeEach
  void startPod() throws Exception {
    node = new TestNode(root).started();
    pod = node.run(node.pod("web"));
  }

  @AfterEach
  void closeNode() {
    node.close();
  }

  @Test
  void container_thatExits_isCompletedWithItsCode() throws Exception {
    String id = node.startNew(pod, "app", "exit 0");
    awaitExited(id);
    assertEquals("Completed", node.status(id).getReason());
    assertEquals(0, node.status(id).getExitCode());
    assertTrue(node.status(id).getFinishedAt() >= node.status(id).getStartedAt());
  }

  @Test
  void startContainer_repeated_doesNothing() throws Exception {
    String id = node.startNew(pod, "app", "sleep 1000");
    start(id);
    assertEquals(ContainerState.CONTAINER_RUNNING, node.status(id).getState());
  }

  @Test
  void startContainer_thatFails_isExitedWithAStartError() throws Exception {
    String id = node.create(pod, TestNode.container("app", "exit 0"));
    node.fake().failNext("start", new SandboxException(ErrorCode.PROGRAM_FAILED, "no such file"));
    assertThrows(SandboxException.class, () -> start(id));
    assertEquals("StartError", node.status(id).getReason());
    assertEquals(128, node.status(id).getExitCode());
    assertEquals("no such file", node.status(id).getMessage());
  }

  @Test
  void stopContainer_withGrace_sendsTheStopSignalOnly() throws Exception {
    Path ready = root.resolve("ready");
    String id =
        node.startNew(
            pod, "app", "trap 'exit 7' TERM; touch " + ready + "; while :; do sleep 0.05; done");
    Awaitility.await().until(() -> Files.exists(ready));
    stop(id, 30);
    assertEquals(7, node.status(id).getExitCode());
    stop(id, 30);
  }

  @Test
  void stopContainer_thatIgnoresTheSignal_isKilledAfterTheGrace() throws Exception {
    Path ready = root.resolve("ready");
    String id =
        node.startNew(
            pod, "app", "trap '' TERM; touch " + ready + "; while :; do sleep 0.05; done");
    Awaitility.await().until(() -> Files.exists(ready));
    stop(id, 1);
    assertEquals(137, node.status(id).getExitCode());
  }

  @Test
  void removeContainer_thatRuns_leavesNothing() throws Exception {
    List<String> before = node.leftovers();
    String id = node.startNew(pod, "app", "sleep 1000");
    for (int i = 0; i < 2; i++) {
      var _ =
          node.call(
              RuntimeServiceGrpc.getRemoveContainerMethod(),
              RemoveContainerRequest.newBuilder().setContainerId(id).build());
    }
    assertEquals(List.copyOf(before), node.leftovers());
    assertEquals(
        0,
        node.call(
                RuntimeServiceGrpc.getListContainersMethod(),
                ListContainersRequest.getDefaultInstance())
            .getContainersCount());
  }

  @Test
  void createContainer_repeated_givesTheSameContainer() throws Exception {
    String id = node.create(pod, TestNode.container("app", "exit 0"));
    assertEquals(id, node.create(pod, TestNode.container("app", "exit 0")));
  }

  @Test
  void createContainer_ofAnImageThatIsNotThere_saysSo() {
    ContainerConfig.Builder config = TestNode.container("app", "exit 0").toBuilder();
    config.getImageBuilder().setImage("missing");
    SandboxException e =
        assertThrows(SandboxException.class, () -> node.create(pod, config.build()));
    assertEquals(ErrorCode.NOT_FOUND, e.code());
  }

  @Test
  void createContainer_withRelativeMount_namesTheField() {
    ContainerConfig config =
        TestNode.container("app", "exit 0").toBuilder()
            .addMounts(Mount.newBuilder().setContainerPath("data").setHostPath("/tmp"))
            .build();
    SandboxException e = assertThrows(SandboxException.class, () -> node.create(pod, config));
    assertEquals(ErrorCode.INVALID_ARGUMENT, e.code());
    assertTrue(e.toString().contains("config.mounts[0].container_path"), e.toString());
  }

  @Test
  void createContainer_withADevice_isRefusedInOneSentenceAndLeavesNothing() throws Exception {
    List<String> before = node.leftovers();
    for (String[] named :
        new String[][] {
          {"/dev/net/tun", "the device /dev/net/tun of"}, {"/dev/a\nb", "hand a device of"}
        }) {
      SandboxException e =
          assertThrows(
              SandboxException.class,
              () ->
                  node.create(
                      pod,
                      TestNode.container("app", "exit 0").toBuilder()
                          .addDevices(Device.newBuilder().setHostPath(named[0]))
                          .build()));
      assertEquals(ErrorCode.UNSUPPORTED, e.code());
      assertTrue(String.valueOf(e.getMessage()).contains(named[1]), e.getMessage());
    }
    assertEquals(before, node.leftovers());
  }

  @Test
  void createContainer_withAMountSourceThatIsNotThere_makesIt() throws Exception {
    Path source = root.resolve("not/there/yet");
    var _ =
        node.create(
            pod,
            TestNode.container("app", "exit 0").toBuilder()
                .addMounts(
                    Mount.newBuilder().setContainerPath("/data").setHostPath(source.toString()))
                .build());
    assertTrue(Files.isDirectory(source));
  }

  @Test
  void execSync_givesOutputAndCode() throws Exception {
    String id = node.startNew(pod, "app", "sleep 1000");
    ExecSyncResponse response = exec(id, 10, "/bin/sh", "-c", "echo out; echo err >&2; exit 4");
    assertEquals("out\n", response.getStdout().toString(UTF_8));
    assertEquals("err\n", response.getStderr().toString(UTF_8));
    assertEquals(4, response.getExitCode());
  }

  @Test
  void execSync_thatTakesTooLong_isKilledAndSaysSo() throws Exception {
    String id = node.startNew(pod, "app", "sleep 1000");
    SandboxException e =
        assertThrows(SandboxException.class, () -> exec(id, 1, "/bin/sleep", "1000"));
    assertEquals(ErrorCode.DEADLINE_EXCEEDED, e.code());
    assertTrue(e.toString().contains("timed out"), e.toString());
  }

  @Test
  void execSync_inAContainerThatHasExited_saysSo() throws Exception {
    String id = node.startNew(pod, "app", "exit 0");
    awaitExited(id);
    SandboxException e = assertThrows(SandboxException.class, () -> exec(id, 1, "/bin/true"));
    assertEquals(ErrorCode.WRONG_STATE, e.code());
  }

  @Test
  void listContainerStats_ofARunningContainer_hasCpuMemoryAndDisk() throws Exception {
    String id = node.startNew(pod, "app", "sleep 1000");
    List<ContainerStats> stats =
        node.call(
                RuntimeServiceGrpc.getListContainerStatsMethod(),
                ListContainerStatsRequest.getDefaultInstance())
            .getStatsList();
    assertEquals(id, stats.getFirst().getAttributes().getId());
    assertTrue(stats.getFirst().getMemory().getWorkingSetBytes().getValue() > 0);
    assertTrue(stats.getFirst().hasCpu());
    assertEquals(4096, stats.getFirst().getWritableLayer().getUsedBytes().getValue());
  }

  @Test
  void events_ofAContainersLife_comeInOrder() throws Exception {
    List<ContainerEventType> seen = new CopyOnWriteArrayList<>();
    try (EventSource.Subscription _ =
        events().subscribe(e -> seen.add(e.getContainerEventType()))) {
      String id = node.startNew(pod, "app", "exit 0");
      awaitExited(id);
      var _ =
          node.call(
              RuntimeServiceGrpc.getRemoveContainerMethod(),
              RemoveContainerRequest.newBuilder().setContainerId(id).build());
    }
    assertEquals(
        List.of(
            ContainerEventType.CONTAINER_CREATED_EVENT,
            ContainerEventType.CONTAINER_STARTED_EVENT,
            ContainerEventType.CONTAINER_STOPPED_EVENT,
            ContainerEventType.CONTAINER_DELETED_EVENT),
        seen);
  }

  @Test
  void container_environment_isTheImagesWithKubeletsOverIt() throws Exception {
    Path out = root.resolve("env");
    ContainerConfig config =
        TestNode.container("app", "echo $A $B $HOSTNAME >" + out).toBuilder()
            .addEnvs(KeyValue.newBuilder().setKey("B").setValue(ByteString.copyFromUtf8("kubelet")))
            .build();
    start(node.create(pod, config));
    Awaitility.await().until(() -> Files.exists(out) && Files.size(out) > 0);
    assertEquals("image kubelet web\n", Files.readString(out));
  }

  @SuppressWarnings("unchecked")
  private EventSource<ContainerEventResponse> events() {
    return node.runtime.routes().stream()
        .filter(Route.MergedEvents.class::isInstance)
        .map(route -> ((Route.MergedEvents<?, ContainerEventResponse>) route).events())
        .findFirst()
        .orElseThrow();
  }

  private void awaitExited(String id) {
    Awaitility.await().until(() -> node.status(id).getState() == ContainerState.CONTAINER_EXITED);
  }

  private void start(String id) throws Exception {
    var _ =
        node.call(
            RuntimeServiceGrpc.getStartContainerMethod(),
            StartContainerRequest.newBuilder().setContainerId(id).build());
  }

  private void stop(String id, long timeout) throws Exception {
    var _ =
        node.call(
            RuntimeServiceGrpc.getStopContainerMethod(),
            StopContainerRequest.newBuilder().setContainerId(id).setTimeout(timeout).build());
  }

  private ExecSyncResponse exec(String id, long timeout, String... command) throws Exception {
    return node.call(
        RuntimeServiceGrpc.getExecSyncMethod(),
        ExecSyncRequest.newBuilder()
            .setContainerId(id)
            .addAllCmd(List.of(command))
            .setTimeout(timeout)
            .build());
  }
}
