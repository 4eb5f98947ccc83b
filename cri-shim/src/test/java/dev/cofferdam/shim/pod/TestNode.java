package dev.cofferdam.shim.pod;

import com.google.protobuf.Message;
import dev.cofferdam.cri.v1.ContainerConfig;
import dev.cofferdam.cri.v1.ContainerMetadata;
import dev.cofferdam.cri.v1.ContainerStatus;
import dev.cofferdam.cri.v1.ContainerStatusRequest;
import dev.cofferdam.cri.v1.ContainerStatusResponse;
import dev.cofferdam.cri.v1.CreateContainerRequest;
import dev.cofferdam.cri.v1.CreateContainerResponse;
import dev.cofferdam.cri.v1.ImageSpec;
import dev.cofferdam.cri.v1.ListPodSandboxRequest;
import dev.cofferdam.cri.v1.ListPodSandboxResponse;
import dev.cofferdam.cri.v1.PodSandbox;
import dev.cofferdam.cri.v1.PodSandboxConfig;
import dev.cofferdam.cri.v1.PodSandboxMetadata;
import dev.cofferdam.cri.v1.RemovePodSandboxRequest;
import dev.cofferdam.cri.v1.RunPodSandboxRequest;
import dev.cofferdam.cri.v1.RunPodSandboxResponse;
import dev.cofferdam.cri.v1.RuntimeServiceGrpc;
import dev.cofferdam.cri.v1.StartContainerRequest;
import dev.cofferdam.cri.v1.StopPodSandboxRequest;
import dev.cofferdam.sandbox.Backend;
import dev.cofferdam.sandbox.Deadline;
import dev.cofferdam.sandbox.testing.FakeBackend;
import dev.cofferdam.shim.front.OwnCall;
import dev.cofferdam.shim.front.Route;
import dev.cofferdam.shim.handler.Backends;
import dev.cofferdam.shim.handler.HandlerSource;
import dev.cofferdam.shim.handler.Placement;
import dev.cofferdam.shim.handler.RuntimeHandlers;
import dev.cofferdam.shim.host.HostPaths;
import dev.cofferdam.shim.live.Timeouts;
import dev.cofferdam.shim.state.Records;
import dev.cofferdam.shim.state.StateStore;
import io.grpc.MethodDescriptor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.awaitility.Awaitility;

/** A shim over a fake node and a fake backend, spoken to through its routes. */
final class TestNode implements AutoCloseable {
  static final String HANDLER = "walled";
  static final String CHECK_HANDLER = "cofferdam:check/fake/plain";
  static final String CANARY_HANDLER = "cofferdam:canary/walled";
  static final String POLICY_HANDLER = "cofferdam-team";

  private static final Timeouts TIMEOUTS =
      new Timeouts(
          Duration.ofSeconds(10),
          Duration.ofSeconds(5),
          Duration.ofSeconds(5),
          Duration.ofSeconds(10),
          Duration.ofSeconds(5),
          Duration.ofSeconds(2),
          Duration.ofSeconds(2));

  final Path root;
  final FakeHost host;
  final Backend backend;
  final PodRuntime runtime;
  private final String bootId;

  TestNode(Path root) {
    this(root, new FakeHost(), new FakeBackend(), "boot-1");
  }

  TestNode(Path root, FakeHost host, Backend backend, String bootId) {
    this(root, host, backend, bootId, TIMEOUTS);
  }

  TestNode(Path root, FakeHost host, Backend backend, String bootId, Timeouts timeouts) {
    this.root = root;
    this.host = host;
    this.backend = backend;
    this.bootId = bootId;
    Backends backends = new Backends(List.of(backend));
    this.runtime =
        new PodRuntime(
            new PodRuntime.Parts(
                new StateStore(root.resolve("state")),
                new RuntimeHandlers(backends, List.of(new OneHandler())),
                backends,
                host.host(),
                new HostPaths(root.resolve("run")),
                timeouts,
                bootId));
  }

  private static final class OneHandler implements HandlerSource {
    @Override
    public boolean owns(String handler) {
      return Set.of(HANDLER, CHECK_HANDLER, CANARY_HANDLER, POLICY_HANDLER).contains(handler);
    }

    @Override
    public Placement place(String handler) {
      return new Placement(FakeBackend.NAME, FakeBackend.VARIANT, true);
    }

    @Override
    public Optional<Placement> expected(String handler) {
      return Optional.of(place(handler));
    }

    @Override
    public List<String> names() {
      return List.of(HANDLER);
    }
  }

  FakeBackend fake() {
    return (FakeBackend) backend;
  }

  /** Starts it and waits until all that ran before is taken up. */
  TestNode started() {
    runtime.start();
    Awaitility.await().until(runtime.ownership()::ready);
    return this;
  }

  /** The next shim's process over the same node. */
  TestNode restarted() {
    return restarted(bootId);
  }

  TestNode restarted(String boot) {
    runtime.close();
    return new TestNode(root, host, fake().restarted(), boot);
  }

  @SuppressWarnings("unchecked")
  <Q extends Message, R extends Message> R call(MethodDescriptor<Q, R> method, Q request)
      throws Exception {
    for (Route route : runtime.routes()) {
      if (route.method().equals(method)) {
        OwnCall<Q, R> call =
            switch (route) {
              case Route.ByHandler<?, ?> r -> (OwnCall<Q, R>) r.call();
              case Route.BySandbox<?, ?> r -> (OwnCall<Q, R>) r.call();
              case Route.ByContainer<?, ?> r -> (OwnCall<Q, R>) r.call();
              case Route.Merged<?, ?> r -> (OwnCall<Q, R>) r.call();
              case Route.MergedEvents<?, ?> r -> throw new AssertionError("events are no call");
            };
        return call.call(request);
      }
    }
    throw new AssertionError("no route for " + method.getFullMethodName());
  }

  PodSandboxConfig pod(String name) {
    return PodSandboxConfig.newBuilder()
        .setMetadata(
            PodSandboxMetadata.newBuilder().setName(name).setNamespace("default").setUid(name))
        .setHostname(name)
        .setLogDirectory(root.resolve("logs").resolve(name).toString())
        .putLabels("app", name)
        .build();
  }

  String run(PodSandboxConfig config) throws Exception {
    return run(config, HANDLER);
  }

  String run(PodSandboxConfig config, String handler) throws Exception {
    RunPodSandboxResponse response =
        call(
            RuntimeServiceGrpc.getRunPodSandboxMethod(),
            RunPodSandboxRequest.newBuilder().setConfig(config).setRuntimeHandler(handler).build());
    return response.getPodSandboxId();
  }

  static ContainerConfig container(String name, String script) {
    return ContainerConfig.newBuilder()
        .setMetadata(ContainerMetadata.newBuilder().setName(name))
        .setImage(ImageSpec.newBuilder().setImage("busybox:1"))
        .addArgs(script)
        .setLogPath(name + ".log")
        .build();
  }

  String create(String podId, ContainerConfig config) throws Exception {
    CreateContainerResponse response =
        call(
            RuntimeServiceGrpc.getCreateContainerMethod(),
            CreateContainerRequest.newBuilder().setPodSandboxId(podId).setConfig(config).build());
    return response.getContainerId();
  }

  String startNew(String podId, String name, String script) throws Exception {
    String id = create(podId, container(name, script));
    var _ =
        call(
            RuntimeServiceGrpc.getStartContainerMethod(),
            StartContainerRequest.newBuilder().setContainerId(id).build());
    return id;
  }

  void stop(String podId) throws Exception {
    var _ =
        call(
            RuntimeServiceGrpc.getStopPodSandboxMethod(),
            StopPodSandboxRequest.newBuilder().setPodSandboxId(podId).build());
  }

  void remove(String podId) throws Exception {
    var _ =
        call(
            RuntimeServiceGrpc.getRemovePodSandboxMethod(),
            RemovePodSandboxRequest.newBuilder().setPodSandboxId(podId).build());
  }

  List<PodSandbox> list() throws Exception {
    ListPodSandboxResponse response =
        call(
            RuntimeServiceGrpc.getListPodSandboxMethod(),
            ListPodSandboxRequest.getDefaultInstance());
    return response.getItemsList();
  }

  ContainerStatus status(String containerId) throws Exception {
    ContainerStatusResponse response =
        call(
            RuntimeServiceGrpc.getContainerStatusMethod(),
            ContainerStatusRequest.newBuilder().setContainerId(containerId).build());
    return response.getStatus();
  }

  /** Everything that pods hold, on the node, in the backend and on disk. */
  List<String> leftovers() throws IOException {
    Stream<String> inBackend =
        backend instanceof FakeBackend fake
            ? fake.sandboxIds().stream().map(id -> "sandbox " + id)
            : Stream.of();
    try (Stream<Path> files = Files.walk(root)) {
      return Stream.of(
              host.held.stream(),
              inBackend,
              files
                  .filter(file -> file.toString().matches(".*/[0-9a-f]{64}.*"))
                  .map(Path::toString))
          .flatMap(each -> each)
          .toList();
    }
  }

  @Override
  public void close() {
    runtime.close();
    if (backend instanceof FakeBackend fake) {
      fake.sandboxIds()
          .forEach(
              id -> fake.purge(Records.sandbox(id).spec(), Deadline.after(Duration.ofSeconds(5))));
    }
  }
}
