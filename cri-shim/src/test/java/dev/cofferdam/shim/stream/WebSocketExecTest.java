package dev.cofferdam.shim.stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.URI;
import java.net.http.WebSocketHandshakeException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class WebSocketExecTest {
  private final StreamingServerFixture fixture = new StreamingServerFixture();

  @AfterEach
  void closeServer() {
    fixture.close();
  }

  private URI cat() {
    return fixture.exec(
        true,
        false,
        (in, out, _) -> {
          in.transferTo(out);
          return 5;
        });
  }

  @Test
  void exec_overV5_inputCanBeClosedByItself() throws Exception {
    try (WebSocketTestClient client = new WebSocketTestClient(cat(), "v5.channel.k8s.io")) {
      client.send(0, "typed");
      client.socket.sendBinary(ByteBuffer.wrap(new byte[] {(byte) 255, 0}), true).get();

      assertEquals(1000, client.closed.get(10, TimeUnit.SECONDS));
      assertEquals("typed", client.text(1));
      assertTrue(client.text(3).contains("\"message\":\"5\""), client.text(3));
    }
  }

  @Test
  void exec_messageInFragments_isOneInput() throws Exception {
    try (WebSocketTestClient client = new WebSocketTestClient(cat(), "v5.channel.k8s.io")) {
      client.fragment(0, "one ".getBytes(StandardCharsets.UTF_8), false);
      client.socket.sendBinary(ByteBuffer.wrap("two".getBytes(StandardCharsets.UTF_8)), true).get();
      client.socket.sendBinary(ByteBuffer.wrap(new byte[] {(byte) 255, 0}), true).get();

      client.closed.get(10, TimeUnit.SECONDS);
      assertEquals("one two", client.text(1));
    }
  }

  @Test
  void exec_overV4_closeSignalIsData() throws Exception {
    URI url =
        fixture.exec(
            true,
            false,
            (in, _, err) -> {
              err.write(in.readNBytes(3));
              return 0;
            });
    try (WebSocketTestClient client = new WebSocketTestClient(url, "v4.channel.k8s.io")) {
      client.socket.sendBinary(ByteBuffer.wrap(new byte[] {(byte) 255, 0}), true).get();
      client.send(0, "abc");

      assertEquals(1000, client.closed.get(10, TimeUnit.SECONDS));
      assertEquals("abc", client.text(2));
      assertEquals("{\"metadata\":{},\"status\":\"Success\"}", client.text(3));
    }
  }

  @Test
  void exec_withoutProtocol_tellsFailureAsText() throws Exception {
    for (String protocol : List.of("", "channel.k8s.io")) {
      URI url = fixture.exec(false, false, (_, _, _) -> 2);
      try (WebSocketTestClient client = new WebSocketTestClient(url, protocol)) {
        client.closed.get(10, TimeUnit.SECONDS);
        assertEquals("command terminated with non-zero exit code: exit status 2", client.text(3));
      }
    }
  }

  @Test
  void exec_base64_codesBothWays() throws Exception {
    URI url =
        fixture.exec(
            true,
            false,
            (in, out, _) -> {
              out.write(in.readNBytes(4));
              return 0;
            });
    try (WebSocketTestClient client = new WebSocketTestClient(url, "v4.base64.channel.k8s.io")) {
      client.socket.sendText("0Zm9", false).get();
      client.socket.sendText("vCg==", true).get();

      client.closed.get(10, TimeUnit.SECONDS);
      assertTrue(client.texts().startsWith("1|1Zm9vCg==|3"), client.texts());
    }
  }

  @Test
  void exec_unknownProtocol_isForbidden() {
    URI url = fixture.exec(false, false, (_, _, _) -> 0);

    ExecutionException refused =
        assertThrows(ExecutionException.class, () -> new WebSocketTestClient(url, "v9.smoke"));
    WebSocketHandshakeException cause =
        assertInstanceOf(WebSocketHandshakeException.class, refused.getCause());
    assertEquals(403, cause.getResponse().statusCode());
  }

  @Test
  void exec_clientCloses_endsTheProcessesInput() throws Exception {
    try (WebSocketTestClient client = new WebSocketTestClient(cat(), "v5.channel.k8s.io")) {
      ScriptedProcess process = fixture.process();
      client.socket.sendClose(1000, "").get();

      process.closed.get(10, TimeUnit.SECONDS);
    }
  }

  @Test
  void exec_muchBothWays_arrivesWhole() throws Exception {
    byte[] chunk = new byte[100_000];
    URI url =
        fixture.exec(
            true,
            false,
            (in, out, _) -> {
              in.transferTo(out);
              return 0;
            });
    try (WebSocketTestClient client = new WebSocketTestClient(url, "v5.channel.k8s.io")) {
      for (int i = 0; i < 50; i++) {
        client.fragment(0, chunk, true);
      }
      client.socket.sendBinary(ByteBuffer.wrap(new byte[] {(byte) 255, 0}), true).get();

      client.closed.get(30, TimeUnit.SECONDS);
      assertEquals(50 * chunk.length, client.bytes(1).length);
    }
  }

  @Test
  void exec_hundredSessionsAtOnce_allEnd() throws Exception {
    List<WebSocketTestClient> clients = new ArrayList<>();
    try {
      for (int i = 0; i < 100; i++) {
        clients.add(new WebSocketTestClient(cat(), "v5.channel.k8s.io"));
      }
      for (WebSocketTestClient client : clients) {
        client.send(0, "x");
        client.socket.sendBinary(ByteBuffer.wrap(new byte[] {(byte) 255, 0}), true).get();
      }
      Awaitility.await()
          .atMost(30, TimeUnit.SECONDS)
          .until(() -> clients.stream().allMatch(client -> client.closed.isDone()));
      assertTrue(clients.stream().allMatch(client -> client.text(1).equals("x")));
    } finally {
      clients.forEach(WebSocketTestClient::close);
    }
  }
}
