package dev.cofferdam.chaos;

import dev.cofferdam.cri.v1.RuntimeServiceGrpc;
import dev.cofferdam.cri.v1.RuntimeServiceGrpc.RuntimeServiceBlockingStub;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.netty.NettyChannelBuilder;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollDomainSocketChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.unix.DomainSocketAddress;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.logging.Level;
import java.util.logging.Logger;

/** The shim's socket, as kubelet holds it. Thread-safe. */
final class Cri implements AutoCloseable {
  /** kubelet gives a call two minutes; nothing here should need the half. */
  private static final long DEADLINE_SECONDS = 60;

  /** It warns at each connection of an option that grpc-java sets and Unix sockets lack. */
  private static final Logger NETTY = Logger.getLogger("io.netty.bootstrap");

  static {
    NETTY.setLevel(Level.SEVERE);
  }

  private final EventLoopGroup loop =
      new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
  private final ManagedChannel channel;

  Cri(Path socket) {
    this.channel =
        NettyChannelBuilder.forAddress(
                new DomainSocketAddress(socket.toFile()), InsecureChannelCredentials.create())
            .channelType(EpollDomainSocketChannel.class, DomainSocketAddress.class)
            .eventLoopGroup(loop)
            .overrideAuthority("localhost")
            .maxInboundMessageSize(16 << 20)
            .build();
  }

  /** For one call, which is tried once. */
  RuntimeServiceBlockingStub once() {
    channel.resetConnectBackoff(); // the shim may be back already
    return RuntimeServiceGrpc.newBlockingStub(channel)
        .withDeadlineAfter(DEADLINE_SECONDS, TimeUnit.SECONDS);
  }

  @Override
  public void close() {
    channel.shutdownNow();
    var _ = loop.shutdownGracefully(0, 1, TimeUnit.SECONDS);
  }
}
