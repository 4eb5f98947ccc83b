package dev.cofferdam.shim.trace;

import dev.cofferdam.shim.front.CallObserver;
import io.grpc.Metadata;
import io.grpc.Status;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.api.trace.propagation.W3CTraceContextPropagator;
import io.opentelemetry.context.Context;
import java.time.Instant;
import java.util.Map;

/**
 * One call's span, by OpenTelemetry's conventions for RPCs, with a child for each step. That of a
 * call which containerd answers alone is never ended, so never sent: containerd's own span stands
 * right below the caller's then.
 */
final class TracedCall implements CallObserver.Call {
  private final Tracer tracer;
  private final Span span;
  private final Context context;
  private final String method;
  private volatile CallObserver.Server server = CallObserver.Server.CONTAINERD;

  TracedCall(Tracer tracer, Span span, Context parent, String method) {
    this.tracer = tracer;
    this.span = span;
    this.context = parent.with(span);
    this.method = method;
  }

  @Override
  public void answeredBy(CallObserver.Server answering) {
    server = answering;
  }

  @Override
  public void about(Map<String, String> fields) {
    fields.forEach(
        (field, value) -> {
          switch (field) {
            case "pod" -> {
              int slash = value.indexOf('/');
              span.setAttribute("k8s.namespace.name", value.substring(0, Math.max(0, slash)));
              span.setAttribute("k8s.pod.name", value.substring(slash + 1));
            }
            case "sandbox" -> span.setAttribute("cofferdam.sandbox.id", value);
            case "container" -> span.setAttribute("container.id", value);
            case "containerName" -> span.setAttribute("k8s.container.name", value);
            default -> {
              // The method, which is the span's name.
            }
          }
        });
  }

  @Override
  public void step(String name, long nanos, boolean done) {
    if (!span.getSpanContext().isSampled()) {
      return;
    }
    Instant end = Instant.now();
    Span step =
        tracer
            .spanBuilder(name)
            .setParent(context)
            .setStartTimestamp(end.minusNanos(nanos))
            .startSpan();
    if (!done) {
      step.setStatus(StatusCode.ERROR);
    }
    step.end(end);
  }

  @Override
  public void join(Metadata headersOfAnother) {
    W3CTraceContextPropagator.getInstance().inject(context, headersOfAnother, TraceHeaders.SETTER);
  }

  @Override
  public void ended(Status status) {
    if (server == CallObserver.Server.CONTAINERD || !span.isRecording()) {
      return;
    }
    int slash = method.indexOf('/');
    span.setAttribute("rpc.system", "grpc");
    span.setAttribute("rpc.service", method.substring(0, Math.max(0, slash)));
    span.setAttribute("rpc.method", method.substring(slash + 1));
    span.setAttribute("rpc.grpc.status_code", status.getCode().value());
    if (isOurFault(status.getCode())) {
      span.setStatus(StatusCode.ERROR, String.valueOf(status.getDescription()));
    }
    span.end();
  }

  /** As the conventions have it for servers: what a caller did wrong is no error of ours. */
  private static boolean isOurFault(Status.Code code) {
    return switch (code) {
      case UNKNOWN, DEADLINE_EXCEEDED, UNIMPLEMENTED, INTERNAL, UNAVAILABLE, DATA_LOSS -> true;
      case OK,
          CANCELLED,
          INVALID_ARGUMENT,
          NOT_FOUND,
          ALREADY_EXISTS,
          PERMISSION_DENIED,
          RESOURCE_EXHAUSTED,
          FAILED_PRECONDITION,
          ABORTED,
          OUT_OF_RANGE,
          UNAUTHENTICATED ->
          false;
    };
  }
}
