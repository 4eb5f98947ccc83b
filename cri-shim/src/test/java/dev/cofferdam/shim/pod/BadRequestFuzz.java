package dev.cofferdam.shim.pod;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.google.protobuf.ByteString;
import com.google.protobuf.Message;
import dev.cofferdam.cri.v1.AttachRequest;
import dev.cofferdam.cri.v1.CheckpointContainerRequest;
import dev.cofferdam.cri.v1.ContainerConfig;
import dev.cofferdam.cri.v1.ContainerStatsRequest;
import dev.cofferdam.cri.v1.ContainerStatusRequest;
import dev.cofferdam.cri.v1.CreateContainerRequest;
import dev.cofferdam.cri.v1.DNSConfig;
import dev.cofferdam.cri.v1.ExecRequest;
import dev.cofferdam.cri.v1.ExecSyncRequest;
import dev.cofferdam.cri.v1.KeyValue;
import dev.cofferdam.cri.v1.LinuxContainerConfig;
import dev.cofferdam.cri.v1.LinuxContainerResources;
import dev.cofferdam.cri.v1.LinuxContainerSecurityContext;
import dev.cofferdam.cri.v1.LinuxPodSandboxConfig;
import dev.cofferdam.cri.v1.ListContainerStatsRequest;
import dev.cofferdam.cri.v1.ListContainersRequest;
import dev.cofferdam.cri.v1.ListPodSandboxRequest;
import dev.cofferdam.cri.v1.ListPodSandboxStatsRequest;
import dev.cofferdam.cri.v1.Mount;
import dev.cofferdam.cri.v1.PodSandboxConfig;
import dev.cofferdam.cri.v1.PodSandboxStatsRequest;
import dev.cofferdam.cri.v1.PodSandboxStatusRequest;
import dev.cofferdam.cri.v1.PortForwardRequest;
import dev.cofferdam.cri.v1.PortMapping;
import dev.cofferdam.cri.v1.RemoveContainerRequest;
import dev.cofferdam.cri.v1.RemovePodSandboxRequest;
import dev.cofferdam.cri.v1.ReopenContainerLogRequest;
import dev.cofferdam.cri.v1.RunPodSandboxRequest;
import dev.cofferdam.cri.v1.RuntimeServiceGrpc;
import dev.cofferdam.cri.v1.StartContainerRequest;
import dev.cofferdam.cri.v1.StatusRequest;
import dev.cofferdam.cri.v1.StopContainerRequest;
import dev.cofferdam.cri.v1.StopPodSandboxRequest;
import dev.cofferdam.cri.v1.UpdateContainerResourcesRequest;
import dev.cofferdam.cri.v1.UpdatePodSandboxResourcesRequest;
import dev.cofferdam.shim.front.GrpcStatus;
import dev.cofferdam.shim.front.Requests;
import dev.cofferdam.shim.front.Route;
import dev.cofferdam.shim.pod.BrokenRequests.Broken;
import dev.cofferdam.shim.pod.BrokenRequests.Expected;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Every field of every request, one by one: missing, out of range, enormous, with {@code ../}, NUL,
 * line ends and what is no UTF-8 in it. What comes of it is an answer that a caller can act on, and
 * nothing that stays behind.
 */
@Tag("fuzz")
class BadRequestFuzz {
  /** What a caller's mistake must never look like: a defect of ours. */
  private static final Set<Status.Code> DEFECTS =
      Set.of(Status.Code.INTERNAL, Status.Code.UNKNOWN, Status.Code.DATA_LOSS);

  /** As {@code config.mounts[2].host_path: …}; what a backend says of a command names that. */
  private static final String NAMES_A_FIELD =
      "(?s)([A-Za-z_]+(\\[\\d+])?(\\.[A-Za-z_]+(\\[\\d+])?)*: |cannot run |tty and |one of |cgroup path).*";

  @TempDir Path folder;
  private TestNode node;
  private final List<String> wrong = new ArrayList<>();

  @BeforeEach
  void startNode() {
    node = new TestNode(folder.resolve("node")).started();
  }

  @AfterEach
  void stopNode() {
    node.close();
  }

  private List<String> pathsElsewhere() {
    String logs = folder.resolve("node/logs").toString();
    return List.of(logs + "/../../outside", folder.resolve("outside") + "/../../x");
  }

  private PodSandboxConfig pod(String name) {
    return node.pod(name).toBuilder()
        .putAnnotations("note", "text")
        .setDnsConfig(DNSConfig.newBuilder().addServers("10.0.0.10").addSearches("svc.local"))
        .addPortMappings(PortMapping.newBuilder().setContainerPort(80).setHostIp("127.0.0.1"))
        .setLinux(LinuxPodSandboxConfig.newBuilder().setCgroupParent("/kubepods/pod1"))
        .build();
  }

  private ContainerConfig container(String name) throws IOException {
    Path volume = Files.createDirectories(folder.resolve("node/volume"));
    return TestNode.container(name, "exec sleep 1000").toBuilder()
        .addEnvs(KeyValue.newBuilder().setKey("A").setValue(ByteString.copyFromUtf8("b")))
        .addMounts(Mount.newBuilder().setHostPath(volume.toString()).setContainerPath("/data"))
        .setWorkingDir("/")
        .putAnnotations("note", "text")
        .setLinux(
            LinuxContainerConfig.newBuilder()
                .setSecurityContext(
                    LinuxContainerSecurityContext.newBuilder().addMaskedPaths("/proc/kcore")))
        .build();
  }

  /** Answers as the front does, or tells the status that a caller would see. */
  private <Q extends Message, R extends Message> Optional<R> answer(
      MethodDescriptor<Q, R> method, Broken broken) {
    Status status;
    try {
      R answer = node.call(method, Requests.parse(method, broken.bytes().toByteArray()));
      if (broken.expected() == Expected.REFUSED) {
        wrong.add(broken + " was accepted");
      }
      return Optional.of(answer);
    } catch (Exception e) {
      status = GrpcStatus.of(e);
    }
    boolean refused = status.getCode() == Status.Code.INVALID_ARGUMENT;
    if (DEFECTS.contains(status.getCode())) {
      wrong.add(broken + " gave " + status.getCode() + ": " + status.getDescription());
    } else if (broken.expected() == Expected.REFUSED && !refused) {
      wrong.add(broken + " gave " + status.getCode() + " and not INVALID_ARGUMENT");
    } else if (refused && !String.valueOf(status.getDescription()).matches(NAMES_A_FIELD)) {
      wrong.add(broken + " is refused without a field's name: " + status.getDescription());
    }
    return Optional.empty();
  }

  private <Q extends Message, R extends Message> void each(MethodDescriptor<Q, R> method, Q valid)
      throws Exception {
    var _ = node.call(method, Requests.parse(method, valid.toByteArray()));
    for (Broken broken : BrokenRequests.of(valid, pathsElsewhere())) {
      var _ = answer(method, broken);
    }
    assertNothingWrong();
  }

  private void assertNothingWrong() throws IOException {
    assertEquals("", String.join("\n", wrong));
    try (Stream<Path> entries = Files.list(folder)) {
      assertEquals(List.of(folder.resolve("node")), entries.toList(), "files outside");
    }
  }

  private void assertLeft(Broken broken, Set<String> before) throws IOException {
    Set<String> left = Set.copyOf(node.leftovers());
    if (!left.equals(before)) {
      wrong.add(broken + " left " + left.stream().filter(each -> !before.contains(each)).toList());
    }
  }

  @Test
  void runPodSandbox_eachFieldBroken_isRefusedOrRunsAndLeavesNothing() throws Exception {
    RunPodSandboxRequest valid =
        RunPodSandboxRequest.newBuilder()
            .setConfig(pod("web"))
            .setRuntimeHandler(TestNode.HANDLER)
            .build();
    for (Broken broken : BrokenRequests.of(valid, pathsElsewhere())) {
      var made = answer(RuntimeServiceGrpc.getRunPodSandboxMethod(), broken);
      if (made.isPresent()) {
        node.remove(made.get().getPodSandboxId());
      }
      assertLeft(broken, Set.of());
    }
    assertNothingWrong();

    String id = node.call(RuntimeServiceGrpc.getRunPodSandboxMethod(), valid).getPodSandboxId();
    assertEquals(List.of(id), node.list().stream().map(each -> each.getId()).toList());
  }

  @Test
  void createContainer_eachFieldBroken_isRefusedOrMadeAndLeavesNothing() throws Exception {
    String podId = node.run(pod("web"));
    Set<String> before = Set.copyOf(node.leftovers());
    CreateContainerRequest valid =
        CreateContainerRequest.newBuilder()
            .setPodSandboxId(podId)
            .setConfig(container("main"))
            .build();
    for (Broken broken : BrokenRequests.of(valid, pathsElsewhere())) {
      var made = answer(RuntimeServiceGrpc.getCreateContainerMethod(), broken);
      if (made.isPresent()) {
        var _ =
            node.call(
                RuntimeServiceGrpc.getRemoveContainerMethod(),
                RemoveContainerRequest.newBuilder()
                    .setContainerId(made.get().getContainerId())
                    .build());
      }
      assertLeft(broken, before);
    }
    assertNothingWrong();

    String id = node.call(RuntimeServiceGrpc.getCreateContainerMethod(), valid).getContainerId();
    assertEquals("main", node.status(id).getMetadata().getName());
  }

  @Test
  void callsAboutAPod_eachFieldBroken_areRefusedOrAnswered() throws Exception {
    String id = node.run(pod("web"));
    each(
        RuntimeServiceGrpc.getPodSandboxStatusMethod(),
        PodSandboxStatusRequest.newBuilder().setPodSandboxId(id).build());
    each(
        RuntimeServiceGrpc.getPodSandboxStatsMethod(),
        PodSandboxStatsRequest.newBuilder().setPodSandboxId(id).build());
    each(
        RuntimeServiceGrpc.getUpdatePodSandboxResourcesMethod(),
        UpdatePodSandboxResourcesRequest.newBuilder()
            .setPodSandboxId(id)
            .setResources(LinuxContainerResources.newBuilder().setCpuShares(100))
            .build());
    each(
        RuntimeServiceGrpc.getPortForwardMethod(),
        PortForwardRequest.newBuilder().setPodSandboxId(id).addPort(80).build());
    each(RuntimeServiceGrpc.getListPodSandboxMethod(), ListPodSandboxRequest.getDefaultInstance());
    each(
        RuntimeServiceGrpc.getListPodSandboxStatsMethod(),
        ListPodSandboxStatsRequest.getDefaultInstance());
    each(RuntimeServiceGrpc.getStatusMethod(), StatusRequest.getDefaultInstance());
    each(
        RuntimeServiceGrpc.getStopPodSandboxMethod(),
        StopPodSandboxRequest.newBuilder().setPodSandboxId(id).build());
    each(
        RuntimeServiceGrpc.getRemovePodSandboxMethod(),
        RemovePodSandboxRequest.newBuilder().setPodSandboxId(id).build());
  }

  @Test
  void callsAboutAContainer_eachFieldBroken_areRefusedOrAnswered() throws Exception {
    String id = node.startNew(node.run(pod("web")), "main", "exec sleep 1000");
    each(
        RuntimeServiceGrpc.getContainerStatusMethod(),
        ContainerStatusRequest.newBuilder().setContainerId(id).build());
    each(
        RuntimeServiceGrpc.getContainerStatsMethod(),
        ContainerStatsRequest.newBuilder().setContainerId(id).build());
    each(
        RuntimeServiceGrpc.getUpdateContainerResourcesMethod(),
        UpdateContainerResourcesRequest.newBuilder()
            .setContainerId(id)
            .setLinux(LinuxContainerResources.newBuilder().setCpuShares(100))
            .build());
    each(
        RuntimeServiceGrpc.getExecSyncMethod(),
        ExecSyncRequest.newBuilder().setContainerId(id).addCmd("/bin/true").build());
    each(
        RuntimeServiceGrpc.getExecMethod(),
        ExecRequest.newBuilder().setContainerId(id).addCmd("/bin/true").setStdout(true).build());
    each(
        RuntimeServiceGrpc.getAttachMethod(),
        AttachRequest.newBuilder().setContainerId(id).setStdout(true).build());
    each(
        RuntimeServiceGrpc.getReopenContainerLogMethod(),
        ReopenContainerLogRequest.newBuilder().setContainerId(id).build());
    each(RuntimeServiceGrpc.getListContainersMethod(), ListContainersRequest.getDefaultInstance());
    each(
        RuntimeServiceGrpc.getListContainerStatsMethod(),
        ListContainerStatsRequest.getDefaultInstance());
    for (Broken broken :
        BrokenRequests.of(
            CheckpointContainerRequest.newBuilder().setContainerId(id).build(), pathsElsewhere())) {
      var _ = answer(RuntimeServiceGrpc.getCheckpointContainerMethod(), broken);
    }
    for (Broken broken :
        BrokenRequests.of(
            StartContainerRequest.newBuilder().setContainerId(id).build(), pathsElsewhere())) {
      var _ = answer(RuntimeServiceGrpc.getStartContainerMethod(), broken);
    }
    each(
        RuntimeServiceGrpc.getStopContainerMethod(),
        StopContainerRequest.newBuilder().setContainerId(id).build());
    each(
        RuntimeServiceGrpc.getRemoveContainerMethod(),
        RemoveContainerRequest.newBuilder().setContainerId(id).build());
  }

  /** Also those that nobody has thought of here. */
  @Test
  void everyCall_eachFieldBroken_isRefusedOrAnswered() throws Exception {
    String pod = node.run(pod("web"));
    String container = node.startNew(pod, "main", "exec sleep 1000");
    for (Route route : node.runtime.routes()) {
      switch (route) {
        case Route.BySandbox<?, ?> r -> eachOf(r.method(), pod);
        case Route.ByContainer<?, ?> r -> eachOf(r.method(), container);
        case Route.Merged<?, ?> r -> eachOf(r.method(), "");
        case Route.ByHandler<?, ?> _ -> {} // Above.
        case Route.MergedEvents<?, ?> _ -> {} // Its request is empty.
      }
    }
    assertNothingWrong();
  }

  private <Q extends Message, R extends Message> void eachOf(
      MethodDescriptor<Q, R> method, String id) {
    var marshaller = (MethodDescriptor.PrototypeMarshaller<Q>) method.getRequestMarshaller();
    Message request = Objects.requireNonNull(marshaller.getMessagePrototype());
    if (!id.isEmpty()) {
      var field = request.getDescriptorForType().findFieldByNumber(1);
      request = request.toBuilder().setField(field, id).build();
    }
    for (Broken broken : BrokenRequests.of(request, pathsElsewhere())) {
      var _ = answer(method, broken);
    }
  }
}
