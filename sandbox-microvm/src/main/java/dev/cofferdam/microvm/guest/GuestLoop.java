package dev.cofferdam.microvm.guest;

import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.netty.NettyChannelBuilder;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollDomainSocketChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/** The one thread that all connections to guests live on. */
public final class GuestLoop {
  /** The agent's port for gRPC; guest.proto. */
  private static final int AGENT_PORT = 1024;

  /**
   * As guest.proto says of answers. Two bytes of a message may become an object of thirty: a guest
   * must not fill the heap of the process that looks after all pods.
   */
  private static final int MAX_MESSAGE_BYTES = 256 << 10;

  private static final int MAX_METADATA_BYTES = 16 << 10;

  /** What a guest can make this process hold, for each stream and each guest. */
  private static final int FLOW_CONTROL_WINDOW = 128 << 10;

  private final EventLoopGroup group =
      new MultiThreadIoEventLoopGroup(
          1, new DefaultThreadFactory("guests", true), EpollIoHandler.newFactory());

  /** A channel to the agent behind a monitor's vsock socket; connects on the first call. */
  ManagedChannel connect(Path vsock) {
    return NettyChannelBuilder.forAddress(
            new DomainSocketAddress(vsock.toString()), InsecureChannelCredentials.create())
        // The first says which kind of socket it is, and so which options it has.
        .channelType(EpollDomainSocketChannel.class, DomainSocketAddress.class)
        .channelFactory(GuestLoop::channel)
        .eventLoopGroup(group)
        .flowControlWindow(FLOW_CONTROL_WINDOW)
        .directExecutor()
        .overrideAuthority("guest")
        .maxInboundMessageSize(MAX_MESSAGE_BYTES)
        .maxInboundMetadataSize(MAX_METADATA_BYTES)
        .disableRetry()
        .idleTimeout(Long.MAX_VALUE, TimeUnit.DAYS)
        .build();
  }

  private static EpollDomainSocketChannel channel() {
    EpollDomainSocketChannel channel = new EpollDomainSocketChannel();
    channel.pipeline().addFirst(new VsockHandshake(AGENT_PORT));
    return channel;
  }
}
