package dev.cofferdam.shim.front;

import dev.cofferdam.cri.v1.ImageServiceGrpc;
import dev.cofferdam.cri.v1.RuntimeServiceGrpc;
import io.grpc.HandlerRegistry;
import io.grpc.MethodDescriptor;
import io.grpc.Server;
import io.grpc.ServerCallHandler;
import io.grpc.ServerMethodDefinition;
import io.grpc.netty.NettyServerBuilder;
import io.netty.channel.ChannelOption;
import io.netty.channel.unix.DomainSocketAddress;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * CRI v1 on a Unix socket, between kubelet and containerd. Every method of every service is taken:
 * one with a {@link Route} goes where its first message says, all else is containerd's.
 */
public final class CriServer implements AutoCloseable {
  private static final int MAX_METADATA_BYTES = 1 << 20;

  /** Writes a stack trace for every call that its caller cancels. Held, or the level is lost. */
  private static final Logger NETTY_HANDLER = Logger.getLogger("io.grpc.netty.NettyServerHandler");

  static {
    NETTY_HANDLER.setLevel(Level.SEVERE);
  }

  private final Path socket;
  private final FrontSettings settings;
  private final EventLoop loop;
  private final Containerd containerd;
  private final Gate gate = new Gate();
  private final Successor successor;
  private final OwnCalls ownCalls;
  private final NetworkPause networkPause;
  private final Map<String, Router> routers;
  private final Server server;
  private volatile @Nullable ListeningSocket listening;
  private @Nullable ListeningSocket own;

  public CriServer(
      Path socket,
      Path containerdSocket,
      Ownership ownership,
      List<Route> routes,
      FrontSettings settings) {
    this(socket, containerdSocket, ownership, routes, settings, CallObserver.NOBODY);
  }

  /** The same, with somebody who is told of every call. */
  public CriServer(
      Path socket,
      Path containerdSocket,
      Ownership ownership,
      List<Route> routes,
      FrontSettings settings,
      CallObserver observer) {
    this.socket = socket;
    this.settings = settings;
    this.loop = new EventLoop();
    this.containerd = new Containerd(containerdSocket, loop, settings, unaryMethods());
    this.successor = new Successor(socket, loop, settings, unaryMethods());
    this.ownCalls = new OwnCalls(ownership, gate, settings);
    PassThrough passThrough = new PassThrough(containerd, settings);
    this.networkPause = new NetworkPause(loop.group(), passThrough);
    this.routers =
        routes.stream()
            .collect(
                Collectors.toMap(
                    route -> route.method().getFullMethodName(),
                    route ->
                        new Router(
                            route,
                            ownership,
                            passThrough,
                            networkPause,
                            ownCalls,
                            gate,
                            successor,
                            settings)));
    this.server =
        build(
            name -> {
              Router router = routers.get(name);
              return router == null ? passThrough : router;
            },
            observer);
  }

  private Server build(
      Function<String, ServerCallHandler<byte[], byte[]>> handlers, CallObserver observer) {
    Set<String> unary = unaryMethods();
    // The address is for show: the socket listens already when the channel is made.
    return NettyServerBuilder.forAddress(new DomainSocketAddress(socket.toFile()))
        .channelFactory(() -> AdoptedSocket.channel(listening().listening()))
        .bossEventLoopGroup(loop.group())
        .workerEventLoopGroup(loop.group())
        .withOption(ChannelOption.ALLOCATOR, loop.allocator())
        .withChildOption(ChannelOption.ALLOCATOR, loop.allocator())
        .flowControlWindow(EventLoop.FLOW_CONTROL_WINDOW)
        .directExecutor()
        .fallbackHandlerRegistry(
            new HandlerRegistry() {
              @Override
              public ServerMethodDefinition<?, ?> lookupMethod(
                  String name, @Nullable String authority) {
                // Of a unary method gRPC sends the answer in one write, headers and end included.
                // Not so
                // towards containerd: there gRPC would not say when a request has been taken.
                return ServerMethodDefinition.create(
                    unary.contains(name) ? RawBytes.unary(name) : RawBytes.method(name),
                    handlers.apply(name));
              }
            })
        .addStreamTracerFactory(CallBytes.serverTracers(settings.maxMessageBytes()))
        .addStreamTracerFactory(new ObservedCalls(observer))
        .addTransportFilter(new Connections(settings.maxBytesInFlight()))
        // The tracers have the limit.
        .maxInboundMessageSize(Integer.MAX_VALUE)
        .maxInboundMetadataSize(MAX_METADATA_BYTES)
        // How often a caller pings is for it and containerd to agree on.
        .permitKeepAliveTime(1, TimeUnit.MILLISECONDS)
        .permitKeepAliveWithoutCalls(true)
        .build();
  }

  /** The methods that cannot stall a connection, since they bring one message. */
  private static Set<String> unaryMethods() {
    return Stream.of(
            RuntimeServiceGrpc.getServiceDescriptor(), ImageServiceGrpc.getServiceDescriptor())
        .flatMap(service -> service.getMethods().stream())
        .filter(method -> method.getType() == MethodDescriptor.MethodType.UNARY)
        .map(MethodDescriptor::getFullMethodName)
        .collect(Collectors.toSet());
  }

  /**
   * Serves from now on. A stale socket is replaced.
   *
   * @throws IOException when the socket cannot be made, or another process serves it
   */
  public void start() throws IOException {
    ListeningSocket claimed = ListeningSocket.claim(socket);
    own = claimed;
    claimed.open(Optional.empty());
    start(claimed);
  }

  /** The same, on a socket that the caller has opened before, and frees when all is over. */
  public void start(ListeningSocket opened) throws IOException {
    listening = opened;
    server.start();
  }

  private ListeningSocket listening() {
    ListeningSocket opened = listening;
    if (opened == null) {
      throw new IllegalStateException("the server was started without a socket");
    }
    return opened;
  }

  /**
   * Lets calls that may change our pods wait from now on, and waits until none runs.
   *
   * @return false: it took too long, and all is as before
   */
  public boolean hold(Duration patience) throws InterruptedException {
    return gate.hold(patience);
  }

  /** Ends {@link #hold}. */
  public void goOn() {
    gate.open();
  }

  /**
   * Another shim serves the socket: calls that waited, and those that still come here, are handed
   * on to it; no more connections are taken, and those that are there told to end.
   */
  public void passOn() {
    gate.passOn();
    server.shutdown();
    routers.values().forEach(Router::stop);
  }

  /** After {@link #passOn}: waits until all calls have ended; false: not in time. */
  public boolean awaitDrained(Duration timeout) throws InterruptedException {
    return server.awaitTermination(timeout.toMillis(), TimeUnit.MILLISECONDS);
  }

  /** Moments in which nobody changes containerd's pod networks through us. */
  public NetworkPause networkPause() {
    return networkPause;
  }

  /** Takes no more calls, lets those that run finish for a while, ends the rest. */
  @Override
  public void close() throws IOException {
    server.shutdown();
    routers.values().forEach(Router::stop);
    try {
      if (!server.awaitTermination(settings.closeTimeout().toMillis(), TimeUnit.MILLISECONDS)) {
        server.shutdownNow();
      }
    } catch (InterruptedException e) {
      server.shutdownNow();
      Thread.currentThread().interrupt();
    }
    ownCalls.close();
    successor.close();
    containerd.close();
    loop.close();
    if (own != null) {
      own.close();
    }
  }
}
