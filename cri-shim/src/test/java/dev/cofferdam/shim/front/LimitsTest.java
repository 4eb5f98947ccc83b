package dev.cofferdam.shim.front;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.grpc.Status;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class LimitsTest {
  private static final String VERSION = "runtime.v1.RuntimeService/Version";
  private static final int LIMIT = 16 << 20;

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
  void message_ofExactlyTheLimit_passesBothWays() {
    byte[] large = new byte[LIMIT];
    new Random(2).nextBytes(large);
    front.containerd.unary(VERSION, request -> request);
    assertArrayEquals(large, front.client.unary(VERSION, large).message());
  }

  @Test
  void request_overTheLimit_isResourceExhausted() {
    front.containerd.unary(VERSION, request -> new byte[0]);
    assertEquals(
        Status.Code.RESOURCE_EXHAUSTED,
        front.client.unary(VERSION, new byte[LIMIT + 1]).status().getCode());
    assertEquals(
        Status.Code.OK, front.client.unary(VERSION, new byte[1]).status().getCode(), "goes on");
  }

  @Test
  void response_overTheLimit_isResourceExhausted() {
    front.containerd.unary(VERSION, request -> new byte[LIMIT + 1]);
    assertEquals(
        Status.Code.RESOURCE_EXHAUSTED,
        front.client.unary(VERSION, new byte[1]).status().getCode());
  }

  @Test
  void bytesInFlight_manyLargeCalls_areRefusedAndSmallOnesPass() {
    front.containerd.handle("hold.S/Large", (call, message) -> {});
    front.containerd.unary(VERSION, request -> request);
    List<RawClient.Call> held = new ArrayList<>();
    front.containerd.unary("echo.S/Large", request -> request);
    byte[] large = new byte[LIMIT];
    for (int i = 0; i < 12; i++) {
      held.add(front.client.send("echo.S/Large", large));
    }
    assertArrayEquals(new byte[9], front.client.unary(VERSION, new byte[9]).message());
    List<Status.Code> codes =
        held.stream().map(call -> call.answer().status().getCode()).distinct().toList();
    for (Status.Code code : codes) {
      assertEquals(true, code == Status.Code.OK || code == Status.Code.RESOURCE_EXHAUSTED);
    }
    assertArrayEquals(
        large, front.client.unary(VERSION, large).message(), "all was given back at the end");
  }
}
