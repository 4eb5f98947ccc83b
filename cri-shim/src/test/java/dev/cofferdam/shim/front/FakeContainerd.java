package dev.cofferdam.shim.front;

import io.grpc.HandlerRegistry;
import io.grpc.Metadata;
import io.grpc.Server;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerMethodDefinition;
import io.grpc.Status;
import io.grpc.netty.NettyServerBuilder;
import io.netty.channel.epoll.EpollServerDomainSocketChannel;
import io.netty.channel.unix.DomainSocketAddress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** Plays containerd: any method, raw bytes, on the event loop of its own. */
final class FakeContainerd implements AutoCloseable {
  static final Metadata.Key<byte[]> DETAILS =
      Metadata.Key.of("grpc-status-details-bin", Metadata.BINARY_BYTE_MARSHALLER);
  static final Metadata.Key<String> ECHOED =
      Metadata.Key.of("x-echoed", Metadata.ASCII_STRING_MARSHALLER);

  final Path socket;
  final Set<String> cancelled = ConcurrentHashMap.newKeySet();
  final List<Metadata> headers = Collections.synchronizedList(new ArrayList<>());
  final EventLoop loop = new EventLoop();
  private final Map<String, ServerCallHandler<byte[], byte[]>> handlers = new ConcurrentHashMap<>();
  private @Nullable Server server;

  FakeContainerd(Path socket) {
    this.socket = socket;
  }

  FakeContainerd start() throws IOException {
    Files.deleteIfExists(socket);
    server =
        NettyServerBuilder.forAddress(new DomainSocketAddress(socket.toFile()))
            .channelType(EpollServerDomainSocketChannel.class)
            .bossEventLoopGroup(loop.group())
            .workerEventLoopGroup(loop.group())
            .fallbackHandlerRegistry(
                new HandlerRegistry() {
                  @Override
                  public @Nullable ServerMethodDefinition<?, ?> lookupMethod(
                      String name, @Nullable String authority) {
                    ServerCallHandler<byte[], byte[]> handler = handlers.get(name);
                    return handler == null
                        ? null
                        : ServerMethodDefinition.create(RawBytes.method(name), handler);
                  }
                })
            .maxInboundMessageSize(64 << 20)
            .build()
            .start();
    return this;
  }

  /** As `kill -9`: connections drop, and nobody listens. */
  void kill() throws IOException {
    if (server != null) {
      try {
        server.shutdownNow().awaitTermination(5, TimeUnit.SECONDS);
      } catch (InterruptedException e) {
        throw new IOException("interrupted", e);
      }
      server = null;
      Files.deleteIfExists(socket);
    }
  }

  /** One message in, one out. */
  void unary(String method, UnaryOperator<byte[]> answer) {
    handle(
        method,
        (call, request) -> {
          call.sendHeaders(new Metadata());
          call.sendMessage(answer.apply(request));
          call.close(Status.OK, new Metadata());
        });
  }

  interface OnMessage {
    void received(ServerCall<byte[], byte[]> call, byte[] message);
  }

  /** Hands over each message; the handler answers and closes as it likes. */
  void handle(String method, OnMessage onMessage) {
    handlers.put(
        method,
        (call, headers) -> {
          this.headers.add(headers);
          call.request(1);
          return new ServerCall.Listener<>() {
            @Override
            public void onMessage(byte[] message) {
              onMessage.received(call, message);
              call.request(1);
            }

            @Override
            public void onCancel() {
              cancelled.add(method);
            }
          };
        });
  }

  /** The whole of it in the test's hands. */
  void handler(String method, ServerCallHandler<byte[], byte[]> handler) {
    handlers.put(method, handler);
  }

  @Override
  public void close() throws IOException {
    kill();
    loop.close();
  }
}
