package dev.cofferdam.shim.main;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cofferdam.cri.v1.ListPodSandboxRequest;
import dev.cofferdam.cri.v1.RunPodSandboxRequest;
import dev.cofferdam.cri.v1.RuntimeServiceGrpc;
import dev.cofferdam.cri.v1.StopPodSandboxRequest;
import dev.cofferdam.cri.v1.VersionRequest;
import dev.cofferdam.shim.config.Settings;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.NettyChannelBuilder;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollDomainSocketChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.unix.DomainSocketAddress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The shim as a whole, on a node that lacks what sandboxed pods need, and without containerd. */
class ShimTest {
  private static final String OURS = "ab".repeat(32);

  @TempDir Path folder;
  private final EventLoopGroup loop =
      new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
  private ManagedChannel channel;
  private RuntimeServiceGrpc.RuntimeServiceBlockingStub cri;

  @BeforeEach
  void connect() throws IOException {
    Files.createDirectories(folder.resolve("state/sandboxes").resolve(OURS));
    channel =
        NettyChannelBuilder.forAddress(
                new DomainSocketAddress(folder.resolve("cri.sock").toFile()),
                InsecureChannelCredentials.create())
            .channelType(EpollDomainSocketChannel.class, DomainSocketAddress.class)
            .eventLoopGroup(loop)
            .overrideAuthority("localhost")
            .build();
    cri = RuntimeServiceGrpc.newBlockingStub(channel);
  }

  @AfterEach
  void disconnect() {
    channel.shutdownNow();
    var _ = loop.shutdownGracefully();
  }

  @Test
  void ourPart_cannotStart_restIsServedAndOursSayWhy() throws IOException {
    try (Shim _ = Shim.start(settings(Map.of()))) {
      String noKeeper = "cannot start the keeper: " + folder.resolve("no-keeper");
      assertContains(
          noKeeper, refusal(() -> cri.listPodSandbox(ListPodSandboxRequest.getDefaultInstance())));
      assertContains(
          noKeeper,
          refusal(
              () ->
                  cri.stopPodSandbox(
                      StopPodSandboxRequest.newBuilder().setPodSandboxId("abab").build())));
      assertContains(
          noKeeper,
          refusal(
              () ->
                  cri.runPodSandbox(
                      RunPodSandboxRequest.newBuilder().setRuntimeHandler("gvisor").build())));
      String noContainerd = "containerd does not answer on " + folder.resolve("none.sock");
      assertContains(noContainerd, refusal(() -> cri.version(VersionRequest.getDefaultInstance())));
      assertContains(
          noContainerd,
          refusal(
              () ->
                  cri.stopPodSandbox(
                      StopPodSandboxRequest.newBuilder().setPodSandboxId("cdcd").build())));
    }
  }

  @Test
  void secondShim_onTheSameSocket_isRefusedBeforeItTouchesAnything() throws IOException {
    Path untouched = folder.resolve("second");
    try (Shim _ = Shim.start(settings(Map.of()))) {
      IOException refusal =
          assertThrows(
              IOException.class,
              () ->
                  Shim.start(
                      settings(
                          Map.of(
                              "run.folder", untouched.toString(),
                              "state.folder", untouched.toString()))));
      assertContains("another process serves", refusal);
      assertFalse(Files.exists(untouched));
    }
    assertFalse(Files.exists(folder.resolve("cri.sock")), "gone after an orderly stop");
  }

  private Settings settings(Map<String, String> more) {
    Map<String, String> flags = new HashMap<>();
    flags.put("socket", folder.resolve("cri.sock").toString());
    flags.put("containerd.socket", folder.resolve("none.sock").toString());
    flags.put("run.folder", folder.resolve("run").toString());
    flags.put("state.folder", folder.resolve("state").toString());
    flags.put("metrics.address", "127.0.0.1:0");
    flags.put("keeper.program", folder.resolve("no-keeper").toString());
    flags.putAll(more);
    return Settings.read(Optional.empty(), flags);
  }

  private static StatusRuntimeException refusal(Runnable call) {
    StatusRuntimeException refusal = assertThrows(StatusRuntimeException.class, call::run);
    assertEquals(Status.Code.UNAVAILABLE, refusal.getStatus().getCode());
    return refusal;
  }

  private static void assertContains(String words, Exception failure) {
    String message = String.valueOf(failure.getMessage());
    assertTrue(message.contains(words), message);
  }
}
