package dev.cofferdam.shim.trace;

import dev.cofferdam.shim.front.CallObserver;
import io.grpc.Metadata;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.api.trace.propagation.W3CTraceContextPropagator;
import io.opentelemetry.context.Context;
import io.opentelemetry.exporter.otlp.trace.OtlpGrpcSpanExporter;
import io.opentelemetry.sdk.resources.Resource;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.export.BatchSpanProcessor;
import io.opentelemetry.sdk.trace.samplers.Sampler;
import java.util.concurrent.TimeUnit;

/**
 * Makes a span of each call that this shim answers, and sends it. Which calls: those whose caller
 * samples its own span, as kubelet does at {@code samplingRatePerMillion}. A receiver that is away
 * or slow costs spans and nothing else. May be used by many threads.
 */
public final class CallTraces implements CallObserver, AutoCloseable {
  private static final double MILLION = 1_000_000;

  /** What is not sent by then stays unsent when the shim ends. */
  private static final int FLUSH_SECONDS = 2;

  private final SdkTracerProvider provider;
  private final Tracer tracer;

  private CallTraces(SdkTracerProvider provider) {
    this.provider = provider;
    this.tracer = provider.get("dev.cofferdam.shim");
  }

  /** Connects when there is something to send. */
  public static CallTraces start(TraceSettings settings) {
    var exporter =
        OtlpGrpcSpanExporter.builder().setEndpoint(settings.receiver().toString()).build();
    Sampler roots =
        settings.rootsPerMillion() == 0
            ? Sampler.alwaysOff()
            : Sampler.traceIdRatioBased(Math.min(1, settings.rootsPerMillion() / MILLION));
    Attributes shim =
        Attributes.builder()
            .put("service.name", "cofferdam-shim")
            .put("service.version", settings.version())
            .put("k8s.node.name", settings.node())
            .build();
    return new CallTraces(
        SdkTracerProvider.builder()
            .setResource(Resource.getDefault().merge(Resource.create(shim)))
            .setSampler(Sampler.parentBased(roots))
            .addSpanProcessor(BatchSpanProcessor.builder(exporter).build())
            .build());
  }

  @Override
  public Call begin(String method, Metadata headers) {
    Context parent =
        W3CTraceContextPropagator.getInstance()
            .extract(Context.root(), headers, TraceHeaders.GETTER);
    return new TracedCall(
        tracer,
        tracer.spanBuilder(method).setParent(parent).setSpanKind(SpanKind.SERVER).startSpan(),
        parent,
        method);
  }

  @Override
  public void close() {
    var _ = provider.shutdown().join(FLUSH_SECONDS, TimeUnit.SECONDS);
  }
}
