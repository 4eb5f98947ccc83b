package dev.cofferdam.shim.front;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import dev.cofferdam.cri.v1.ListPodSandboxResponse;
import dev.cofferdam.cri.v1.RuntimeServiceGrpc;
import dev.cofferdam.cri.v1.StopPodSandboxRequest;
import dev.cofferdam.cri.v1.StopPodSandboxResponse;
import dev.cofferdam.sandbox.Deadline;
import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.SandboxException;
import dev.cofferdam.shim.containerd.Containerd;
import dev.cofferdam.shim.containerd.CriSandboxes;
import dev.cofferdam.shim.live.Steps;
import dev.cofferdam.shim.trace.CallTraces;
import dev.cofferdam.shim.trace.OtlpReceiver;
import dev.cofferdam.shim.trace.TraceSettings;
import io.grpc.Metadata;
import io.grpc.Status;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.trace.v1.Span;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The shim's spans as a receiver of OTLP gets them. */
class TracedCallsTest {
  private static final String SERVICE = "runtime.v1.RuntimeService/";
  private static final String TRACE = "0af7651916cd43dd8448eb211c80319c";
  private static final String KUBELETS_SPAN = "b7ad6b7169203331";
  private static final String SAMPLED = "00-" + TRACE + "-" + KUBELETS_SPAN + "-01";
  private static final String NOT_SAMPLED = "00-" + TRACE + "-" + KUBELETS_SPAN + "-00";
  private static final Metadata.Key<String> TRACEPARENT =
      Metadata.Key.of("traceparent", Metadata.ASCII_STRING_MARSHALLER);
  private static final Metadata.Key<String> TRACESTATE =
      Metadata.Key.of("tracestate", Metadata.ASCII_STRING_MARSHALLER);

  private final BlockingQueue<String> ended = new LinkedBlockingQueue<>();
  private Path folder;
  private FakeContainerd containerd;
  private Containerd ownConnection;
  private OtlpReceiver receiver;
  private CallTraces traces;
  private CriServer server;
  private RawClient client;
  private boolean flushed;

  @BeforeEach
  void start() throws Exception {
    folder = Files.createTempDirectory("traced");
    containerd = new FakeContainerd(folder.resolve("containerd.sock")).start();
    containerd.unary(SERVICE + "ListPodSandbox", request -> new byte[0]);
    containerd.unary(SERVICE + "Version", request -> new byte[0]);
    ownConnection = new Containerd(containerd.socket);
    receiver = new OtlpReceiver();
    traces = CallTraces.start(new TraceSettings(receiver.address(), 0, "1.2.3", "node-1"));
    server =
        new CriServer(
            folder.resolve("cri.sock"),
            containerd.socket,
            new OneOfOurs(),
            List.of(
                new Route.BySandbox<>(RuntimeServiceGrpc.getStopPodSandboxMethod(), this::work),
                new Route.Merged<>(
                    RuntimeServiceGrpc.getListPodSandboxMethod(),
                    request -> ListPodSandboxResponse.getDefaultInstance())),
            FrontSettings.defaults(),
            traces.and(new Ends()));
    server.start();
    client = new RawClient(folder.resolve("cri.sock"));
  }

  /** Is told of each end after the traces are. */
  private final class Ends implements CallObserver {
    @Override
    public Call begin(String method, Metadata headers) {
      return new Call() {
        @Override
        public void answeredBy(Server by) {}

        @Override
        public void ended(Status status) {
          ended.add(method);
        }
      };
    }
  }

  private StopPodSandboxResponse work(StopPodSandboxRequest request) {
    Steps steps = new Steps();
    steps.effect(
        "ask containerd",
        () -> new CriSandboxes(ownConnection).all(Deadline.after(Duration.ofSeconds(30))));
    steps.effect(
        "fail",
        () -> {
          throw new SandboxException(ErrorCode.INTERNAL, "it broke");
        });
    return StopPodSandboxResponse.getDefaultInstance();
  }

  @AfterEach
  void stop() throws Exception {
    client.close();
    server.close();
    if (!flushed) {
      traces.close();
    }
    receiver.close();
    ownConnection.close();
    containerd.close();
    try (var files = Files.list(folder)) {
      for (Path file : files.toList()) {
        Files.delete(file);
      }
    }
    Files.delete(folder);
  }

  @Test
  void call_ofOurs_isASpanBelowItsCallersWithItsSteps() throws InterruptedException {
    Status status = stopPod(SAMPLED);
    awaitEnds(1, 3);

    assertEquals(Status.Code.INTERNAL, status.getCode());
    Map<String, Span> spans =
        receiver.spans().stream().collect(Collectors.toMap(Span::getName, span -> span));
    Span call = spans.getOrDefault(SERVICE + "StopPodSandbox", Span.getDefaultInstance());
    assertEquals(3, spans.size(), spans.keySet().toString());
    assertEquals(TRACE, hex(call.getTraceId()));
    assertEquals(KUBELETS_SPAN, hex(call.getParentSpanId()));
    assertEquals("vendor=1", call.getTraceState());
    assertEquals(Span.SpanKind.SPAN_KIND_SERVER, call.getKind());
    assertEquals("13", attribute(call, "rpc.grpc.status_code"));
    assertEquals("StopPodSandbox", attribute(call, "rpc.method"));
    assertTrue(call.getStatus().getMessage().contains("it broke"), call.toString());
    for (String step : List.of("ask containerd", "fail")) {
      Span span = spans.getOrDefault(step, Span.getDefaultInstance());
      assertEquals(call.getSpanId(), span.getParentSpanId());
      assertTrue(span.getEndTimeUnixNano() >= span.getStartTimeUnixNano());
    }
    assertTrue(
        receiver.resources().getFirst().toString().contains("cofferdam-shim"),
        receiver.resources().toString());
  }

  @Test
  void callToContainerd_madeForACallOfOurs_isBelowOurSpan() throws InterruptedException {
    var _ = stopPod(SAMPLED);
    awaitEnds(1, 3);

    Span call =
        receiver.spans().stream()
            .filter(span -> span.getName().endsWith("StopPodSandbox"))
            .findFirst()
            .orElseThrow();
    assertEquals(
        "00-" + TRACE + "-" + hex(call.getSpanId()) + "-01",
        containerd.headers.getFirst().get(TRACEPARENT));
  }

  @Test
  void call_thatPasses_reachesContainerdWithItsTraceUntouchedAndHasNoSpan()
      throws InterruptedException {
    var _ = client.unary(SERVICE + "Version", new byte[0], headers(SAMPLED), null);
    awaitEnds(1, 0);

    assertEquals(SAMPLED, containerd.headers.getFirst().get(TRACEPARENT));
    assertEquals("vendor=1", containerd.headers.getFirst().get(TRACESTATE));
    assertEquals(List.of(), receiver.spans());
  }

  @Test
  void call_thatIsMerged_isASpanAndReachesContainerdUntouched() throws InterruptedException {
    var _ = client.unary(SERVICE + "ListPodSandbox", new byte[0], headers(SAMPLED), null);
    awaitEnds(1, 1);

    assertEquals(SAMPLED, containerd.headers.getFirst().get(TRACEPARENT));
    assertEquals(1, receiver.spans().size());
  }

  @Test
  void call_thatItsCallerDoesNotSample_hasNoSpan() throws InterruptedException {
    var _ = stopPod(NOT_SAMPLED);
    var _ = stopPod(null);
    awaitEnds(2, 0);

    assertEquals(List.of(), receiver.spans());
    assertTrue(
        String.valueOf(containerd.headers.getFirst().get(TRACEPARENT)).startsWith("00-" + TRACE),
        "containerd is told that it is not to sample either");
  }

  @Test
  void receiver_thatIsAway_costsNoCall() {
    receiver.close();
    assertEquals(Status.Code.INTERNAL, stopPod(SAMPLED).getCode());
    assertEquals(Status.Code.INTERNAL, stopPod(SAMPLED).getCode());
  }

  /** A call ends here a little after its caller has the answer. What there is to send is sent. */
  private void awaitEnds(int calls, int spans) throws InterruptedException {
    for (int i = 0; i < calls; i++) {
      assertNotNull(ended.poll(30, TimeUnit.SECONDS));
    }
    flushed = true;
    traces.close();
    // It goes on sending for a while, should the machine be busy.
    Awaitility.await().atMost(Duration.ofSeconds(60)).until(() -> receiver.spans().size() >= spans);
  }

  private Status stopPod(@Nullable String traceparent) {
    return client
        .unary(
            SERVICE + "StopPodSandbox",
            StopPodSandboxRequest.newBuilder().setPodSandboxId(OneOfOurs.POD).build().toByteArray(),
            headers(traceparent),
            null)
        .status();
  }

  private static Metadata headers(@Nullable String traceparent) {
    Metadata headers = new Metadata();
    if (traceparent != null) {
      headers.put(TRACEPARENT, traceparent);
      headers.put(TRACESTATE, "vendor=1");
    }
    return headers;
  }

  private static String attribute(Span span, String key) {
    for (KeyValue attribute : span.getAttributesList()) {
      if (attribute.getKey().equals(key)) {
        var value = attribute.getValue();
        return value.hasIntValue() ? Long.toString(value.getIntValue()) : value.getStringValue();
      }
    }
    return "none in " + span;
  }

  private static String hex(ByteString bytes) {
    return HexFormat.of().formatHex(bytes.toByteArray());
  }
}
