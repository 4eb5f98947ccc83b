package dev.cofferdam.shim.front;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.grpc.Metadata;
import io.grpc.Status;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ContainerdAwayTest {
  private static final String VERSION = "runtime.v1.RuntimeService/Version";
  private static final String EVENTS = "runtime.v1.RuntimeService/GetContainerEvents";

  private Front front;

  @BeforeEach
  void start() throws Exception {
    front = Front.passThrough();
    front.containerd.unary(VERSION, request -> request);
    assertEquals(Status.Code.OK, code(VERSION));
  }

  @AfterEach
  void stop() throws Exception {
    front.close();
  }

  @Test
  void call_containerdAway_isUnavailableAtOnceAndSaysWhere() throws Exception {
    front.containerd.kill();
    for (String method : List.of(VERSION, VERSION, EVENTS, EVENTS, "un.Known/Method")) {
      long start = System.nanoTime();
      RawClient.Answer answer = front.client.unary(method, new byte[] {1});
      assertEquals(Status.Code.UNAVAILABLE, answer.status().getCode());
      assertTrue(
          String.valueOf(answer.status().getDescription())
              .startsWith("containerd does not answer on " + front.containerd.socket),
          answer.status().toString());
      assertTrue(System.nanoTime() - start < Duration.ofSeconds(10).toNanos());
    }
  }

  @Test
  void call_containerdBack_passesAtOnce() throws Exception {
    front.containerd.kill();
    // Enough failures to bring any back-off far beyond what is waited for below.
    for (int i = 0; i < 50; i++) {
      assertEquals(Status.Code.UNAVAILABLE, code(VERSION));
    }
    front.containerd.start();
    assertEquals(Status.Code.OK, code(VERSION), "the very first call");
    assertArrayEquals(new byte[] {7}, front.client.unary(VERSION, new byte[] {7}).message());
  }

  @Test
  void runningCall_containerdGoesDown_endsAtOnce() throws Exception {
    front.containerd.handle(EVENTS, (call, message) -> call.sendHeaders(new Metadata()));
    RawClient.Call call = front.client.send(EVENTS, new byte[] {1});
    await().atMost(Duration.ofSeconds(10)).until(() -> !front.containerd.headers.isEmpty());
    front.containerd.kill();
    // Which of the two depends on what grpc-java gets out first when it goes down, a reset of the
    // stream or the end of
    // the connection; a real kill is in the test on containerd.
    Status.Code code = call.answer().status().getCode();
    assertTrue(Set.of(Status.Code.CANCELLED, Status.Code.UNAVAILABLE).contains(code), code::name);
  }

  @Test
  void containerd_awayAndBackManyTimes_isAlwaysFoundAgain() throws Exception {
    for (int i = 0; i < 5; i++) {
      front.containerd.kill();
      assertEquals(Status.Code.UNAVAILABLE, code(VERSION));
      assertEquals(Status.Code.UNAVAILABLE, code(EVENTS));
      front.containerd.start();
      assertEquals(Status.Code.OK, code(VERSION));
    }
  }

  private Status.Code code(String method) {
    return front.client.unary(method, new byte[] {1}).status().getCode();
  }
}
