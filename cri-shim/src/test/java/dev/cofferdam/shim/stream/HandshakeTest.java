package dev.cofferdam.shim.stream;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cofferdam.cri.v1.ExecRequest;
import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.SandboxException;
import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What the port answers to strangers, and to clients that ask for what it does not speak. */
@Timeout(60)
class HandshakeTest {
  private final StreamingServerFixture fixture = new StreamingServerFixture();

  @AfterEach
  void closeServer() {
    fixture.close();
  }

  private URI url() {
    return fixture.exec(false, false, (_, _, _) -> 0);
  }

  private static String request(URI url, String line, String headers) throws IOException {
    try (Socket socket = new Socket(url.getHost(), url.getPort())) {
      socket
          .getOutputStream()
          .write((line + "\r\nHost: x\r\n" + headers + "\r\n").getBytes(StandardCharsets.US_ASCII));
      return SpdyTestClient.readHeaders(socket.getInputStream());
    }
  }

  private static String spdy(String protocol) {
    return "Connection: Upgrade\r\nUpgrade: SPDY/3.1\r\n"
        + (protocol.isEmpty() ? "" : "X-Stream-Protocol-Version: " + protocol + "\r\n");
  }

  private static void assertStatus(int status, String response) {
    assertTrue(response.startsWith("HTTP/1.1 " + status), response);
  }

  @Test
  void request_usedToken_isNotFound() throws Exception {
    URI url = url();
    String line = "POST " + url.getPath() + " HTTP/1.1";

    assertStatus(101, request(url, line, spdy("v4.channel.k8s.io")));
    assertStatus(404, request(url, line, spdy("v4.channel.k8s.io")));
  }

  @Test
  void request_otherPaths_areNotFound() throws Exception {
    URI url = url();
    for (String path : List.of("/", "/exec", "/exec/", "/exec/guess", "/metrics", "/../exec/x")) {
      assertStatus(404, request(url, "GET " + path + " HTTP/1.1", spdy("v4.channel.k8s.io")));
    }
  }

  @Test
  void request_protocolWeDoNotSpeak_isForbiddenAndNamesOurs() throws Exception {
    URI url = url();
    String response =
        request(url, "POST " + url.getPath() + " HTTP/1.1", spdy("v9.channel.k8s.io"));

    assertStatus(403, response);
    assertTrue(response.toLowerCase(Locale.ROOT).contains("v4.channel.k8s.io"), response);
  }

  @Test
  void request_withoutProtocolOrUpgrade_isBad() throws Exception {
    URI first = url();
    assertStatus(400, request(first, "POST " + first.getPath() + " HTTP/1.1", spdy("")));
    URI second = url();
    assertStatus(400, request(second, "POST " + second.getPath() + " HTTP/1.1", ""));
    URI third = url();
    assertStatus(405, request(third, "DELETE " + third.getPath() + " HTTP/1.1", ""));
  }

  @Test
  void request_giantHeader_isRefusedWithoutHoldingIt() throws Exception {
    URI url = url();
    String giant = "X: " + "a".repeat(20_000) + "\r\n";

    assertStatus(400, request(url, "GET / HTTP/1.1", giant));
  }

  @Test
  void request_withBody_isRefused() throws Exception {
    URI url = url();

    assertStatus(
        400,
        request(
            url,
            "POST " + url.getPath() + " HTTP/1.1",
            spdy("v4.channel.k8s.io") + "Content-Length: 4\r\n\r\nbody"));
  }

  @Test
  void request_thatTricklesIn_isCutOffAtItsDeadline() throws Exception {
    URI url = url();
    try (Socket socket = new Socket(url.getHost(), url.getPort())) {
      await()
          .until(
              () -> {
                try {
                  socket.getOutputStream().write('G');
                  return false;
                } catch (IOException _) {
                  return true;
                }
              });
    }
  }

  @Test
  void request_guessedUsedOrForAnotherPath_getsTheSameAnswer() throws Exception {
    URI used = url();
    assertStatus(101, request(used, spdyRequest(used.getPath()), spdy("v4.channel.k8s.io")));
    String token = url().getPath().substring("/exec/".length());
    String guess = "A".repeat(token.length());

    Set<String> answers = new HashSet<>();
    for (String path : List.of(used.getPath(), "/attach/" + token, "/exec/" + guess, "/exec/x")) {
      answers.add(request(used, spdyRequest(path), spdy("v4.channel.k8s.io")));
    }

    assertEquals(1, answers.size(), answers::toString);
    assertStatus(404, answers.iterator().next());
  }

  private static String spdyRequest(String path) {
    return "POST " + path + " HTTP/1.1";
  }

  @Test
  void spdy_garbageAfterTheUpgrade_closesTheConnection() throws Exception {
    URI url = url();
    try (Socket socket = new Socket(url.getHost(), url.getPort())) {
      String head =
          "POST " + url.getPath() + " HTTP/1.1\r\nHost: x\r\n" + spdy("v4.channel.k8s.io");
      socket.getOutputStream().write((head + "\r\n").getBytes(StandardCharsets.US_ASCII));
      assertStatus(101, SpdyTestClient.readHeaders(socket.getInputStream()));
      // A SYN_STREAM too short for its own fields.
      socket.getOutputStream().write(new byte[] {(byte) 0x80, 3, 0, 1, 0, 0, 0, 1, 0});

      await().until(() -> socket.getInputStream().read() < 0);
    }
  }

  @Test
  void exec_requestThatCannotBe_isInvalid() {
    for (ExecRequest request :
        List.of(
            ExecRequest.newBuilder().setStdout(true).build(),
            ExecRequest.newBuilder().setContainerId("c").build(),
            ExecRequest.newBuilder()
                .setContainerId("c")
                .setTty(true)
                .setStdout(true)
                .setStderr(true)
                .build())) {
      SandboxException refused =
          assertThrows(
              SandboxException.class,
              () -> fixture.server.exec(request, () -> new ScriptedProcess((_, _, _) -> 0)));
      assertEquals(ErrorCode.INVALID_ARGUMENT, refused.code());
    }
  }

  @Test
  void exec_serverClosed_isUnavailable() {
    fixture.close();

    SandboxException refused = assertThrows(SandboxException.class, this::url);
    assertEquals(ErrorCode.UNAVAILABLE, refused.code());
  }
}
