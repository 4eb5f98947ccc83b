package dev.cofferdam.shim.install.runtime;

import dev.cofferdam.cri.v1.ContainerState;
import dev.cofferdam.cri.v1.ContainerStatus;
import dev.cofferdam.cri.v1.ContainerStatusRequest;
import dev.cofferdam.cri.v1.ContainerStatusResponse;
import dev.cofferdam.cri.v1.CreateContainerRequest;
import dev.cofferdam.cri.v1.CreateContainerResponse;
import dev.cofferdam.cri.v1.Image;
import dev.cofferdam.cri.v1.ImageServiceGrpc;
import dev.cofferdam.cri.v1.ListImagesRequest;
import dev.cofferdam.cri.v1.ListImagesResponse;
import dev.cofferdam.cri.v1.ListPodSandboxRequest;
import dev.cofferdam.cri.v1.ListPodSandboxResponse;
import dev.cofferdam.cri.v1.PodSandbox;
import dev.cofferdam.cri.v1.PodSandboxNetworkStatus;
import dev.cofferdam.cri.v1.PodSandboxState;
import dev.cofferdam.cri.v1.PodSandboxStatus;
import dev.cofferdam.cri.v1.PodSandboxStatusRequest;
import dev.cofferdam.cri.v1.PodSandboxStatusResponse;
import dev.cofferdam.cri.v1.RemovePodSandboxRequest;
import dev.cofferdam.cri.v1.RemovePodSandboxResponse;
import dev.cofferdam.cri.v1.RunPodSandboxRequest;
import dev.cofferdam.cri.v1.RunPodSandboxResponse;
import dev.cofferdam.cri.v1.RuntimeServiceGrpc;
import dev.cofferdam.cri.v1.StartContainerRequest;
import dev.cofferdam.cri.v1.StartContainerResponse;
import dev.cofferdam.cri.v1.StopPodSandboxRequest;
import dev.cofferdam.cri.v1.StopPodSandboxResponse;
import io.grpc.Server;
import io.grpc.Status;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.StreamObserver;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerDomainSocketChannel;
import io.netty.channel.unix.DomainSocketAddress;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** A runtime that keeps what it is asked for, and in which a pod may end before its container. */
final class FakeCri extends RuntimeServiceGrpc.RuntimeServiceImplBase implements AutoCloseable {
  private static final String POD = "pod";
  private static final String CONTAINER = "container";

  final List<RunPodSandboxRequest> sandboxes = new CopyOnWriteArrayList<>();
  final List<CreateContainerRequest> containers = new CopyOnWriteArrayList<>();
  volatile boolean kubeletIsFaster;

  /** The first container is refused, and its pod is ready still for as many looks. */
  final AtomicInteger looksUntilTheEndIsSeen = new AtomicInteger();

  private final EventLoopGroup loop =
      new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
  private final Server server;
  private volatile boolean there;
  private volatile boolean ready;

  FakeCri(Path socket) throws IOException {
    server =
        NettyServerBuilder.forAddress(new DomainSocketAddress(socket.toFile()))
            .channelType(EpollServerDomainSocketChannel.class)
            .bossEventLoopGroup(loop)
            .workerEventLoopGroup(loop)
            .addService(this)
            .addService(new Images())
            .build()
            .start();
  }

  @Override
  public void runPodSandbox(
      RunPodSandboxRequest request, StreamObserver<RunPodSandboxResponse> answer) {
    sandboxes.add(request);
    there = true;
    ready = !kubeletIsFaster;
    give(answer, RunPodSandboxResponse.newBuilder().setPodSandboxId(POD).build());
  }

  @Override
  public void podSandboxStatus(
      PodSandboxStatusRequest request, StreamObserver<PodSandboxStatusResponse> answer) {
    PodSandboxNetworkStatus network =
        PodSandboxNetworkStatus.newBuilder().setIp(ready ? "10.0.0.2" : "").build();
    give(
        answer,
        PodSandboxStatusResponse.newBuilder()
            .setStatus(PodSandboxStatus.newBuilder().setId(POD).setNetwork(network))
            .build());
  }

  @Override
  public void listPodSandbox(
      ListPodSandboxRequest request, StreamObserver<ListPodSandboxResponse> answer) {
    ListPodSandboxResponse.Builder list = ListPodSandboxResponse.newBuilder();
    if (there) {
      if (looksUntilTheEndIsSeen.get() > 0 && looksUntilTheEndIsSeen.decrementAndGet() == 0) {
        ready = false;
      }
      PodSandboxState state =
          ready ? PodSandboxState.SANDBOX_READY : PodSandboxState.SANDBOX_NOTREADY;
      list.addItems(PodSandbox.newBuilder().setId(POD).setState(state));
    }
    give(answer, list.build());
  }

  @Override
  public void createContainer(
      CreateContainerRequest request, StreamObserver<CreateContainerResponse> answer) {
    containers.add(request);
    give(answer, CreateContainerResponse.newBuilder().setContainerId(CONTAINER).build());
  }

  @Override
  public void startContainer(
      StartContainerRequest request, StreamObserver<StartContainerResponse> answer) {
    if (looksUntilTheEndIsSeen.get() > 0) {
      answer.onError(Status.UNKNOWN.withDescription("no such process").asRuntimeException());
      return;
    }
    give(answer, StartContainerResponse.getDefaultInstance());
  }

  @Override
  public void containerStatus(
      ContainerStatusRequest request, StreamObserver<ContainerStatusResponse> answer) {
    ContainerStatus running =
        ContainerStatus.newBuilder().setState(ContainerState.CONTAINER_RUNNING).build();
    give(answer, ContainerStatusResponse.newBuilder().setStatus(running).build());
  }

  @Override
  public void stopPodSandbox(
      StopPodSandboxRequest request, StreamObserver<StopPodSandboxResponse> answer) {
    ready = false;
    give(answer, StopPodSandboxResponse.getDefaultInstance());
  }

  @Override
  public void removePodSandbox(
      RemovePodSandboxRequest request, StreamObserver<RemovePodSandboxResponse> answer) {
    there = false;
    give(answer, RemovePodSandboxResponse.getDefaultInstance());
  }

  boolean isEmpty() {
    return !there;
  }

  private static <T> void give(StreamObserver<T> answer, T message) {
    answer.onNext(message);
    answer.onCompleted();
  }

  private static final class Images extends ImageServiceGrpc.ImageServiceImplBase {
    @Override
    public void listImages(ListImagesRequest request, StreamObserver<ListImagesResponse> answer) {
      Image pause =
          Image.newBuilder().setId("p").setPinned(true).addRepoTags("example/pause:1").build();
      give(answer, ListImagesResponse.newBuilder().addImages(pause).build());
    }
  }

  @Override
  public void close() {
    server.shutdownNow();
    var _ = loop.shutdownGracefully(0, 1, TimeUnit.SECONDS);
  }
}
