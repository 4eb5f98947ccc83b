package dev.cofferdam.shim.metrics;

import dev.cofferdam.cri.v1.ImageServiceGrpc;
import dev.cofferdam.cri.v1.RuntimeServiceGrpc;
import dev.cofferdam.shim.front.CallObserver;
import io.grpc.Metadata;
import io.grpc.Status;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Counts every call of CRI, ours and those that pass. */
public final class RpcMetrics implements CallObserver, MetricSource {
  /** Any method that CRI, as we know it, does not have: its name is the caller's invention. */
  private static final String OTHER = "other";

  private static final Map<String, String> METHODS =
      Stream.of(RuntimeServiceGrpc.getServiceDescriptor(), ImageServiceGrpc.getServiceDescriptor())
          .flatMap(service -> service.getMethods().stream())
          .collect(
              Collectors.toUnmodifiableMap(
                  method -> method.getFullMethodName(),
                  method -> String.valueOf(method.getBareMethodName())));

  private final Histogram durations =
      new Histogram(
          "cofferdam_rpc_duration_seconds",
          "Time from a call's headers to the end of its answer, by who answered it.",
          "method",
          "server");
  private final Counter codes =
      new Counter(
          "cofferdam_rpc_total",
          "Calls that are over, by gRPC code and by who answered.",
          "method",
          "server",
          "code");
  private final LongAdder begun = new LongAdder();
  private final LongAdder over = new LongAdder();

  @Override
  public Call begin(String method, Metadata headers) {
    begun.increment();
    return new Counted(METHODS.getOrDefault(method, OTHER), System.nanoTime());
  }

  @Override
  public void write(Exposition out) {
    durations.write(out);
    codes.write(out);
    long now = Math.max(0, begun.sum() - over.sum());
    new Gauge("cofferdam_rpc_in_flight", "Calls that are not over.", () -> now).write(out);
  }

  private final class Counted implements Call {
    private final String method;
    private final long start;
    private volatile Server server = Server.CONTAINERD;

    Counted(String method, long start) {
      this.method = method;
      this.start = start;
    }

    @Override
    public void answeredBy(Server answering) {
      server = answering;
    }

    @Override
    public void ended(Status status) {
      over.increment();
      String by = server.name().toLowerCase(Locale.ROOT);
      durations.observe(System.nanoTime() - start, method, by);
      codes.count(method, by, status.getCode().name());
    }
  }
}
