package dev.cofferdam.shim.trace;

import io.grpc.Server;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.StreamObserver;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceResponse;
import io.opentelemetry.proto.collector.trace.v1.TraceServiceGrpc;
import io.opentelemetry.proto.resource.v1.Resource;
import io.opentelemetry.proto.trace.v1.Span;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** OTLP's service for traces, as a collector has it: keeps what comes. */
public final class OtlpReceiver extends TraceServiceGrpc.TraceServiceImplBase
    implements AutoCloseable {
  private final Server server;
  private final List<Span> spans = new CopyOnWriteArrayList<>();
  private final List<Resource> resources = new CopyOnWriteArrayList<>();

  public OtlpReceiver() throws IOException {
    this.server =
        NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
            .addService(this)
            .build()
            .start();
  }

  public URI address() {
    return URI.create("http://127.0.0.1:" + server.getPort());
  }

  /** All spans so far, in the order of their arrival. */
  public List<Span> spans() {
    return List.copyOf(spans);
  }

  /** Who sent them. */
  public List<Resource> resources() {
    return List.copyOf(resources);
  }

  @Override
  public void export(
      ExportTraceServiceRequest request, StreamObserver<ExportTraceServiceResponse> answer) {
    request
        .getResourceSpansList()
        .forEach(
            of -> {
              resources.add(of.getResource());
              of.getScopeSpansList().forEach(scope -> spans.addAll(scope.getSpansList()));
            });
    answer.onNext(ExportTraceServiceResponse.getDefaultInstance());
    answer.onCompleted();
  }

  @Override
  public void close() {
    server.shutdownNow();
  }
}
