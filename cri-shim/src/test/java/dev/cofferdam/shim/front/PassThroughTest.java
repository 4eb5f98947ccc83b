package dev.cofferdam.shim.front;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.grpc.CallOptions;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.Status;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class PassThroughTest {
  private static final String VERSION = "runtime.v1.RuntimeService/Version";
  private static final String EVENTS = "runtime.v1.RuntimeService/GetContainerEvents";
  private static final String UNKNOWN = "runtime.v9.Tomorrow/Everything";

  private Front front;

  @BeforeEach
  void start() throws Exception {
    front = Front.passThrough();
  }

  @AfterEach
  void stop() throws Exception {
    front.close();
  }

  @Test
  void unary_anyBytes_comeBackUnchanged() {
    byte[] noProtobuf = new byte[1000];
    new Random(1).nextBytes(noProtobuf);
    front.containerd.unary(VERSION, request -> request);

    RawClient.Answer answer = front.client.unary(VERSION, noProtobuf);

    assertEquals(Status.Code.OK, answer.status().getCode());
    assertArrayEquals(noProtobuf, answer.message());
  }

  @Test
  void unary_emptyMessage_comesBackEmpty() {
    front.containerd.unary(VERSION, request -> request);
    assertArrayEquals(new byte[0], front.client.unary(VERSION, new byte[0]).message());
  }

  @Test
  void unary_okWithoutAnAnswer_isAnErrorAndEndsNothingElse() {
    front.containerd.handle(VERSION, (call, message) -> call.close(Status.OK, new Metadata()));
    RawClient.Answer answer = front.client.unary(VERSION, bytes("x"));
    assertEquals(Status.Code.INTERNAL, answer.status().getCode());
    assertEquals("no answer to a unary call", answer.status().getDescription());
  }

  @Test
  void unary_twoAnswers_areAnErrorAndEndNothingElse() {
    front.containerd.handle(
        VERSION,
        (call, message) -> {
          call.sendHeaders(new Metadata());
          call.sendMessage(bytes("one"));
          call.sendMessage(bytes("two"));
          call.close(Status.OK, new Metadata());
        });
    RawClient.Answer answer = front.client.unary(VERSION, bytes("x"));
    assertEquals(Status.Code.INTERNAL, answer.status().getCode());
    assertEquals("more than one answer to a unary call", answer.status().getDescription());
  }

  @Test
  void unknownService_unary_isContainerds() {
    front.containerd.unary(UNKNOWN, request -> bytes("tomorrow"));
    assertArrayEquals(bytes("tomorrow"), front.client.unary(UNKNOWN, bytes("x")).message());
  }

  @Test
  void unknownMethod_nobodyHasIt_isContainerdsRefusal() {
    RawClient.Answer answer = front.client.unary("no.Such/Method", bytes("x"));
    assertEquals(Status.Code.UNIMPLEMENTED, answer.status().getCode());
    assertEquals("Method not found: no.Such/Method", answer.status().getDescription());
  }

  @Test
  void serverStream_manyMessages_arriveInOrder() {
    front.containerd.handler(EVENTS, (call, headers) -> countingWriter(call, 500));
    RawClient.Answer answer = front.client.send(EVENTS, bytes("go")).answer();
    assertEquals(500, answer.messages().size());
    for (int i = 0; i < 500; i++) {
      assertArrayEquals(bytes("message " + i), answer.messages().get(i));
    }
  }

  @Test
  void clientStream_manyMessages_arriveBeforeTheAnswer() {
    AtomicInteger received = new AtomicInteger();
    front.containerd.handler(
        UNKNOWN,
        (call, headers) -> {
          call.request(1000);
          return new ServerCall.Listener<>() {
            @Override
            public void onMessage(byte[] message) {
              received.incrementAndGet();
            }

            @Override
            public void onHalfClose() {
              call.sendHeaders(new Metadata());
              call.sendMessage(bytes("got " + received));
              call.close(Status.OK, new Metadata());
            }
          };
        });
    RawClient.Call call = front.client.open(UNKNOWN);
    for (int i = 0; i < 300; i++) {
      call.call.sendMessage(bytes("m" + i));
    }
    call.call.halfClose();
    assertArrayEquals(bytes("got 300"), call.answer().message());
  }

  @Test
  void bidiStream_eachMessage_isAnsweredBeforeTheNext() throws Exception {
    front.containerd.handle(
        UNKNOWN,
        (call, message) -> {
          if (new String(message, UTF_8).equals("0")) {
            call.sendHeaders(new Metadata());
          }
          call.sendMessage(bytes("re " + new String(message, UTF_8)));
        });
    RawClient.Call call = front.client.open(UNKNOWN);
    for (int i = 0; i < 20; i++) {
      call.call.sendMessage(bytes("" + i));
      assertArrayEquals(bytes("re " + i), call.next());
    }
    call.call.cancel("enough", null);
    await()
        .atMost(Duration.ofSeconds(10))
        .until(() -> front.containerd.cancelled.contains(UNKNOWN));
  }

  @Test
  void metadata_bothWays_textAndBinary() {
    front.containerd.handle(
        VERSION,
        (call, message) -> {
          Metadata headers = new Metadata();
          headers.put(FakeContainerd.ECHOED, "first");
          headers.put(FakeContainerd.ECHOED, "second");
          call.sendHeaders(headers);
          call.sendMessage(message);
          Metadata trailers = new Metadata();
          trailers.put(FakeContainerd.ECHOED, "trailer");
          call.close(Status.OK, trailers);
        });
    Metadata headers = new Metadata();
    headers.put(FakeContainerd.ECHOED, "from the caller");
    headers.put(FakeContainerd.DETAILS, new byte[] {0, 1, -1});

    RawClient.Answer answer = front.client.unary(VERSION, bytes("x"), headers, null);

    Metadata received = front.containerd.headers.getFirst();
    assertEquals("from the caller", received.get(FakeContainerd.ECHOED));
    assertArrayEquals(new byte[] {0, 1, -1}, received.get(FakeContainerd.DETAILS));
    assertEquals("second", answer.headers().get(FakeContainerd.ECHOED));
    assertEquals("trailer", answer.trailers().get(FakeContainerd.ECHOED));
  }

  @Test
  void failure_codeMessageAndDetails_comeBack() {
    front.containerd.handle(
        VERSION,
        (call, message) -> {
          Metadata trailers = new Metadata();
          trailers.put(FakeContainerd.DETAILS, new byte[] {8, 5, -128});
          call.close(Status.NOT_FOUND.withDescription("no such pod: \"ü\"\n%"), trailers);
        });
    RawClient.Answer answer = front.client.unary(VERSION, bytes("x"));
    assertEquals(Status.Code.NOT_FOUND, answer.status().getCode());
    assertEquals("no such pod: \"ü\"\n%", answer.status().getDescription());
    assertArrayEquals(new byte[] {8, 5, -128}, answer.trailers().get(FakeContainerd.DETAILS));
    assertTrue(answer.messages().isEmpty());
  }

  @Test
  void failure_longDescription_isNotCut() {
    String description = "runc: ".repeat(20_000);
    front.containerd.handle(
        VERSION,
        (call, message) -> call.close(Status.UNKNOWN.withDescription(description), new Metadata()));
    RawClient.Answer answer = front.client.unary(VERSION, bytes("x"));
    // What our own test client cuts off is not the server's doing.
    assertNotNull(answer.status().getDescription());
    assertTrue(
        answer.status().getDescription().equals(description)
            || answer.status().getCode() == Status.Code.INTERNAL,
        answer.status().toString());
  }

  @Test
  void deadline_ofTheCaller_reachesContainerd() {
    front.containerd.handle(VERSION, (call, message) -> {});
    RawClient.Answer answer =
        front.client.unary(VERSION, bytes("x"), new Metadata(), Duration.ofMillis(300));
    assertEquals(Status.Code.DEADLINE_EXCEEDED, answer.status().getCode());
    assertTrue(
        front.containerd.headers.getFirst().keys().contains("grpc-timeout"),
        front.containerd.headers.toString());
    await()
        .atMost(Duration.ofSeconds(10))
        .until(() -> front.containerd.cancelled.contains(VERSION));
  }

  @Test
  void cancellation_ofTheCaller_reachesContainerd() {
    front.containerd.handle(EVENTS, (call, message) -> call.sendHeaders(new Metadata()));
    RawClient.Call call = front.client.send(EVENTS, bytes("x"));
    await().atMost(Duration.ofSeconds(10)).until(() -> !front.containerd.headers.isEmpty());
    call.call.cancel("changed my mind", null);
    await().atMost(Duration.ofSeconds(10)).until(() -> front.containerd.cancelled.contains(EVENTS));
  }

  @Test
  void flowControl_callerThatDoesNotRead_stopsContainerdsWriter() throws Exception {
    AtomicInteger sent = new AtomicInteger();
    front.containerd.handler(
        EVENTS,
        (call, headers) -> {
          call.request(1);
          call.sendHeaders(new Metadata());
          return new ServerCall.Listener<>() {
            @Override
            public void onReady() {
              while (call.isReady() && sent.get() < 1_000) {
                call.sendMessage(new byte[64 << 10]);
                sent.incrementAndGet();
              }
            }
          };
        });
    RawClient.Call call = front.client.open(EVENTS, new Metadata(), CallOptions.DEFAULT, false);
    call.call.sendMessage(bytes("x"));
    call.call.halfClose();
    await()
        .during(Duration.ofMillis(500))
        .atMost(Duration.ofSeconds(10))
        .until(() -> sent.get() < 200);
    front.containerd.unary(VERSION, request -> request);
    assertArrayEquals(
        bytes("y"), secondClient(VERSION, bytes("y")), "a stalled stream stops nobody else");
    call.call.request(2_000);
    await().atMost(Duration.ofSeconds(20)).until(() -> call.messages.size() == 1_000);
  }

  private byte[] secondClient(String method, byte[] message) {
    try (RawClient second = new RawClient(front.socket())) {
      return second.unary(method, message).message();
    }
  }

  @Test
  void cancellations_manyOnOneConnection_areNoReasonToEndIt() {
    front.containerd.handle(EVENTS, (call, message) -> call.sendHeaders(new Metadata()));
    front.containerd.unary(VERSION, request -> request);
    for (int i = 0; i < 1_000; i++) {
      front.client.send(EVENTS, bytes("x")).call.cancel("again", null);
    }
    assertArrayEquals(bytes("y"), front.client.unary(VERSION, bytes("y")).message());
  }

  private static ServerCall.Listener<byte[]> countingWriter(
      ServerCall<byte[], byte[]> call, int messages) {
    call.request(1);
    call.sendHeaders(new Metadata());
    return new ServerCall.Listener<>() {
      private int sent;

      @Override
      public void onReady() {
        while (call.isReady() && sent < messages) {
          call.sendMessage(bytes("message " + sent++));
        }
        if (sent == messages) {
          sent++;
          call.close(Status.OK, new Metadata());
        }
      }
    };
  }

  private static byte[] bytes(String text) {
    return text.getBytes(UTF_8);
  }
}
