package dev.cofferdam.shim.main;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cofferdam.cri.v1.RuntimeServiceGrpc.RuntimeServiceImplBase;
import dev.cofferdam.cri.v1.VersionRequest;
import dev.cofferdam.cri.v1.VersionResponse;
import dev.cofferdam.shim.front.FrontSettings;
import io.grpc.Server;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.StreamObserver;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerDomainSocketChannel;
import io.netty.channel.unix.DomainSocketAddress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class WarmUpTest {
  @TempDir Path folder;

  private WarmUp start() {
    return WarmUp.start(socket(), folder.resolve("containerd.sock"), FrontSettings.defaults());
  }

  private Path socket() {
    return folder.resolve("warm-up.sock");
  }

  /** Counts down with each call of Version. */
  private Server containerd(CountDownLatch calls, EventLoopGroup loop) throws IOException {
    return NettyServerBuilder.forAddress(
            new DomainSocketAddress(folder.resolve("containerd.sock").toFile()))
        .channelType(EpollServerDomainSocketChannel.class)
        .bossEventLoopGroup(loop)
        .workerEventLoopGroup(loop)
        .addService(
            new RuntimeServiceImplBase() {
              @Override
              public void version(VersionRequest request, StreamObserver<VersionResponse> answer) {
                calls.countDown();
                answer.onNext(VersionResponse.getDefaultInstance());
                answer.onCompleted();
              }
            })
        .build()
        .start();
  }

  @Test
  void start_callsContainerdAsOftenAsTheCompilerWants_andLeavesNoSocket() throws Exception {
    CountDownLatch calls = new CountDownLatch(200);
    EventLoopGroup loop = new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
    Server containerd = containerd(calls, loop);
    try (WarmUp _ = start()) {
      assertTrue(calls.await(30, TimeUnit.SECONDS), calls::toString);
    } finally {
      containerd.shutdownNow();
      loop.shutdownGracefully(0, 1, TimeUnit.SECONDS).sync();
    }
    assertFalse(Files.exists(socket()));
  }

  @Test
  void close_amidTheCalls_endsThem() throws Exception {
    CountDownLatch calls = new CountDownLatch(1);
    EventLoopGroup loop = new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
    Server containerd = containerd(calls, loop);
    try {
      WarmUp warmUp = start();
      assertTrue(calls.await(30, TimeUnit.SECONDS));
      warmUp.close();
      assertFalse(Files.exists(socket()));
    } finally {
      containerd.shutdownNow();
      loop.shutdownGracefully(0, 1, TimeUnit.SECONDS).sync();
    }
  }

  @Test
  void start_noContainerd_endsByItself() throws Exception {
    try (WarmUp warmUp = start()) {
      warmUp.await();
      assertFalse(Files.exists(socket()));
    }
  }
}
