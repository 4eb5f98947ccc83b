package dev.cofferdam.shim.front;

import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.ConnectivityState;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.netty.NettyChannelBuilder;
import io.netty.channel.ChannelOption;
import io.netty.channel.epoll.EpollDomainSocketChannel;
import io.netty.channel.unix.DomainSocketAddress;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The connections to containerd. Methods known to be unary share one; every other call has one to
 * itself while it runs, because a stream that its caller does not read would fill the connection's
 * flow-control window and stop all the others. Thread-safe.
 */
final class Containerd implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Containerd.class);

  /** gRPC's default of 8 KiB is less than what a failing runc has to say; Go's is 16 MiB. */
  private static final int MAX_METADATA_BYTES = 1 << 20;

  private static final int IDLE_CONNECTIONS = 4;

  private final String name;
  private final Path socket;
  private final EventLoop loop;
  private final FrontSettings settings;
  private final Set<String> unaryMethods;
  private final ManagedChannel shared;
  private final ConcurrentLinkedDeque<ManagedChannel> idle = new ConcurrentLinkedDeque<>();
  private final AtomicBoolean away = new AtomicBoolean();

  Containerd(Path socket, EventLoop loop, FrontSettings settings, Set<String> unaryMethods) {
    this("containerd", socket, loop, settings, unaryMethods);
  }

  /**
   * The same to another server.
   *
   * @param name for messages
   */
  Containerd(
      String name, Path socket, EventLoop loop, FrontSettings settings, Set<String> unaryMethods) {
    this.name = name;
    this.socket = socket;
    this.loop = loop;
    this.settings = settings;
    this.unaryMethods = Set.copyOf(unaryMethods);
    this.shared = connect();
  }

  /** The connection of all calls of one message. */
  ManagedChannel shared() {
    return shared;
  }

  private ManagedChannel connect() {
    return NettyChannelBuilder.forAddress(
            new DomainSocketAddress(socket.toFile()), InsecureChannelCredentials.create())
        .channelType(EpollDomainSocketChannel.class, DomainSocketAddress.class)
        .eventLoopGroup(loop.group())
        .withOption(ChannelOption.ALLOCATOR, loop.allocator())
        .flowControlWindow(EventLoop.FLOW_CONTROL_WINDOW)
        .directExecutor()
        .overrideAuthority("localhost")
        .maxInboundMessageSize(settings.maxMessageBytes())
        .maxInboundMetadataSize(MAX_METADATA_BYTES)
        .disableRetry()
        .idleTimeout(Long.MAX_VALUE, TimeUnit.DAYS)
        .build();
  }

  /**
   * Makes a call, not started yet. Deadline and cancellation come from the gRPC context.
   *
   * @throws io.grpc.StatusRuntimeException UNAVAILABLE at once while nobody listens on the socket
   */
  Connected call(String fullMethodName, @Nullable String authority, CallBytes bytes) {
    boolean isShared = unaryMethods.contains(fullMethodName);
    ManagedChannel channel = isShared ? shared : take();
    CallOptions options = CallOptions.DEFAULT.withStreamTracerFactory(bytes.clientTracers());
    if (authority != null) {
      options = options.withAuthority(authority);
    }
    boolean waits = channel.getState(false) == ConnectivityState.TRANSIENT_FAILURE;
    if (waits) {
      // In this state gRPC fails every call until its back-off, of up to two minutes, has passed.
      try {
        tryConnect();
      } catch (IOException e) {
        giveBack(channel, isShared);
        throw unavailable(e.getMessage(), e).asRuntimeException();
      }
      channel.resetConnectBackoff();
      options = options.withWaitForReady();
    }
    ClientCall<byte[], byte[]> call = channel.newCall(RawBytes.method(fullMethodName), options);
    if (waits) {
      loop.after(
          settings.connectTimeout(),
          () -> {
            if (!bytes.reachedContainerd()) {
              call.cancel("no connection to containerd within " + settings.connectTimeout(), null);
            }
          });
    }
    return new Connected(call, () -> giveBack(channel, isShared));
  }

  /**
   * @param done to be run when the call is over
   */
  record Connected(ClientCall<byte[], byte[]> call, Runnable done) {}

  /** A status as containerd gave it; one that gRPC made up for want of it is put in plain words. */
  Status explain(Status status) {
    Throwable cause = status.getCause();
    if (status.getCode() != Status.Code.UNAVAILABLE || cause == null) {
      if (away.compareAndSet(true, false)) {
        LOG.info("{} is back on {}", name, socket);
      }
      return status;
    }
    // gRPC says "io exception" to everything; asked anew, the socket gives the reason.
    try {
      tryConnect();
      return unavailable("the connection was lost", cause);
    } catch (IOException e) {
      return unavailable(e.getMessage(), e);
    }
  }

  private Status unavailable(@Nullable String why, Throwable cause) {
    if (away.compareAndSet(false, true)) {
      LOG.warn("{} is away from {}: {}", name, socket, why);
    }
    return Status.UNAVAILABLE
        .withDescription(name + " does not answer on " + socket + ": " + why)
        .withCause(cause);
  }

  /** Unix sockets refuse at once; this never waits, for it runs on the event loop. */
  private void tryConnect() throws IOException {
    try (SocketChannel probe = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      probe.configureBlocking(false);
      probe.connect(UnixDomainSocketAddress.of(socket));
    }
  }

  private ManagedChannel take() {
    ManagedChannel channel = idle.pollFirst();
    return channel == null ? connect() : channel;
  }

  private void giveBack(ManagedChannel channel, boolean isShared) {
    if (isShared) {
      return;
    }
    if (idle.size() < IDLE_CONNECTIONS) {
      idle.addFirst(channel);
    } else {
      channel.shutdown();
    }
  }

  @Override
  public void close() {
    shared.shutdownNow();
    idle.forEach(ManagedChannel::shutdownNow);
  }
}
