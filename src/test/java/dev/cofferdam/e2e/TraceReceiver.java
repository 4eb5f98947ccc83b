package dev.cofferdam.e2e;

import dev.cofferdam.lab.Lab;
import io.grpc.Server;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.StreamObserver;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerDomainSocketChannel;
import io.netty.channel.unix.DomainSocketAddress;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceResponse;
import io.opentelemetry.proto.collector.trace.v1.TraceServiceGrpc;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.trace.v1.Span;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;

/**
 * A receiver of OTLP over gRPC, as a collector on the node would be: kubelet and shim reach it on
 * the lab's loopback.
 */
final class TraceReceiver extends TraceServiceGrpc.TraceServiceImplBase implements AutoCloseable {
  static final String ADDRESS = "127.0.0.1:4317";

  /**
   * A span and whose it is.
   *
   * @param service {@code service.name} of who sent it
   */
  record Sent(String service, Span span) {}

  private final List<Sent> spans = new CopyOnWriteArrayList<>();
  private final EventLoopGroup loop =
      new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
  private final Path socket;
  private final Server server;
  private final Process relay;

  TraceReceiver(Lab lab) throws IOException {
    socket = lab.directories().root().resolve("otlp.sock");
    server =
        NettyServerBuilder.forAddress(new DomainSocketAddress(socket.toFile()))
            .channelType(EpollServerDomainSocketChannel.class)
            .bossEventLoopGroup(loop)
            .workerEventLoopGroup(loop)
            .addService(this)
            .build()
            .start();
    // This process is not in the lab's network.
    relay =
        lab.shell()
            .start(
                "socat", "TCP-LISTEN:4317,bind=127.0.0.1,reuseaddr,fork", "UNIX-CONNECT:" + socket);
  }

  List<Sent> spans() {
    return List.copyOf(spans);
  }

  @Override
  public void export(
      ExportTraceServiceRequest request, StreamObserver<ExportTraceServiceResponse> answer) {
    request
        .getResourceSpansList()
        .forEach(
            from -> {
              String service =
                  from.getResource().getAttributesList().stream()
                      .filter(attribute -> attribute.getKey().equals("service.name"))
                      .map(KeyValue::getValue)
                      .map(value -> value.getStringValue())
                      .findFirst()
                      .orElse("");
              from.getScopeSpansList()
                  .forEach(
                      scope ->
                          scope.getSpansList().forEach(span -> spans.add(new Sent(service, span))));
            });
    answer.onNext(ExportTraceServiceResponse.getDefaultInstance());
    answer.onCompleted();
  }

  @Override
  public void close() throws IOException {
    relay.descendants().forEach(ProcessHandle::destroyForcibly);
    relay.destroyForcibly();
    server.shutdownNow();
    var _ = loop.shutdownGracefully(0, 1, TimeUnit.SECONDS);
    Files.deleteIfExists(socket);
  }
}
