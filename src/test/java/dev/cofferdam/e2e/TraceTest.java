package dev.cofferdam.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import dev.cofferdam.e2e.TraceReceiver.Sent;
import dev.cofferdam.lab.Lab;
import io.opentelemetry.proto.trace.v1.Span;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** A pod's start as one trace: kubelet's own spans, and the shim's below them. */
@EndToEnd
class TraceTest {
  private static final Duration TIMEOUT = Duration.ofSeconds(60);
  private static final String SERVICE = "runtime.v1.RuntimeService/";

  private static TraceReceiver receiver;

  private final Cluster cluster;

  TraceTest(Cluster cluster) {
    this.cluster = cluster;
  }

  @BeforeAll
  static void trace(Cluster cluster, Lab lab) throws IOException {
    cluster.applyPolicy(Policy.named("traced"));
    receiver = new TraceReceiver(lab);
    lab.shim().stop();
    lab.shim().startWith("tracing.endpoint=http://" + TraceReceiver.ADDRESS);
    lab.restartKubelet(
        "tracing: {endpoint: \"%s\", samplingRatePerMillion: 1000000}"
            .formatted(TraceReceiver.ADDRESS));
  }

  @AfterAll
  static void traceNoMore(Lab lab) throws IOException {
    lab.restartKubelet("");
    lab.shim().stop();
    lab.shim().start();
    receiver.close();
  }

  @Test
  void startOfAPod_isOneTrace_theShimsSpansBelowKubelets() {
    cluster.runUntilReady(Pod.named("traced").runtimeClass("traced"));
    for (String call : List.of("RunPodSandbox", "CreateContainer", "StartContainer")) {
      Sent ours =
          Awaitility.await("the shim's span and its parent for " + call)
              .atMost(TIMEOUT)
              .until(() -> ofTheShim(call), sent -> sent.flatMap(this::parentOf).isPresent())
              .orElseThrow();
      Sent parent = parentOf(ours).orElseThrow();
      assertEquals("kubelet", parent.service());
      assertEquals(SERVICE + call, parent.span().getName());
      assertEquals(ours.span().getTraceId(), parent.span().getTraceId());
      assertEquals(Span.SpanKind.SPAN_KIND_CLIENT, parent.span().getKind());
      assertEquals(Span.SpanKind.SPAN_KIND_SERVER, ours.span().getKind());
    }
    // What kubelet does for a pod is one trace, up to its own root.
    Span root = rootOf(ofTheShim("RunPodSandbox").orElseThrow());
    assertEquals(root, rootOf(ofTheShim("StartContainer").orElseThrow()));
    assertTrue(
        receiver.spans().stream()
            .anyMatch(
                sent ->
                    sent.span().getName().equals("attach the pod to the network")
                        && sent.span().getTraceId().equals(root.getTraceId())),
        "the steps are in the same trace");
  }

  /** The shim's span of that call, for this pod and not for a check of the node. */
  private Optional<Sent> ofTheShim(String call) {
    return receiver.spans().stream()
        .filter(sent -> sent.service().startsWith("cofferdam"))
        .filter(sent -> sent.span().getName().equals(SERVICE + call))
        .filter(
            sent ->
                sent.span().getAttributesList().stream()
                    .anyMatch(
                        attribute ->
                            attribute.getKey().equals("k8s.pod.name")
                                && attribute.getValue().getStringValue().equals("traced")))
        .findFirst();
  }

  private Optional<Sent> parentOf(Sent child) {
    ByteString parent = child.span().getParentSpanId();
    return receiver.spans().stream()
        .filter(sent -> sent.span().getSpanId().equals(parent))
        .filter(sent -> sent.span().getTraceId().equals(child.span().getTraceId()))
        .findFirst();
  }

  /** The last ancestor that has ended; kubelet's own spans end after the calls below them. */
  private Span rootOf(Sent sent) {
    return Awaitility.await("all of kubelet's spans above")
        .atMost(TIMEOUT)
        .until(
            () -> {
              Sent at = sent;
              for (Optional<Sent> above = parentOf(at); above.isPresent(); above = parentOf(at)) {
                at = above.get();
              }
              return at.span();
            },
            span -> span.getParentSpanId().isEmpty());
  }
}
