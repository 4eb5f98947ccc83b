package dev.cofferdam.shim.stream;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.handler.codec.spdy.DefaultSpdyRstStreamFrame;
import io.netty.handler.codec.spdy.SpdyStreamStatus;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class PortForwardTest {
  private static final String PROTOCOL = "portforward.k8s.io";

  private final StreamingServerFixture fixture = new StreamingServerFixture();
  private final CompletableFuture<Void> podSawTheEnd = new CompletableFuture<>();
  private final ServerSocket pod = unbound();

  private static ServerSocket unbound() {
    try {
      return new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  /** A server that answers only after the end of the question. */
  @BeforeEach
  void startPod() {
    Thread.ofVirtual()
        .start(
            () -> {
              while (!pod.isClosed()) {
                try {
                  Socket socket = pod.accept();
                  Thread.ofVirtual().start(() -> answer(socket));
                } catch (IOException _) {
                  return;
                }
              }
            });
  }

  private void answer(Socket socket) {
    try (socket) {
      byte[] question = socket.getInputStream().readAllBytes();
      podSawTheEnd.complete(null);
      socket.getOutputStream().write("echo ".getBytes(StandardCharsets.UTF_8));
      socket.getOutputStream().write(question);
    } catch (IOException _) {
      podSawTheEnd.complete(null);
    }
  }

  @AfterEach
  void closeServers() throws IOException {
    fixture.close();
    pod.close();
  }

  private URI url(List<Integer> ports) {
    return fixture.portForward(
        ports,
        port -> SocketChannel.open(new InetSocketAddress(InetAddress.getLoopbackAddress(), port)));
  }

  /** A port that was free a moment ago may be somebody else's by now, so nobody is asked. */
  private URI urlToNobody(List<Integer> ports) {
    return fixture.portForward(
        ports,
        _ -> {
          throw new ConnectException("Connection refused");
        });
  }

  private int openStream(SpdyTestClient client, String type, int port, String request)
      throws IOException {
    return client.open("streamtype", type, "port", Integer.toString(port), "requestid", request);
  }

  @Test
  void spdy_questionEnded_answerFollowsAndAllStreamsEnd() throws Exception {
    try (SpdyTestClient client = new SpdyTestClient(url(List.of()), PROTOCOL).reading()) {
      int error = openStream(client, "error", pod.getLocalPort(), "0");
      int data = openStream(client, "data", pod.getLocalPort(), "0");
      client.write(data, "hello", true);

      await().until(() -> client.finished(data) && client.finished(error));
      assertEquals("echo hello", client.text(data));
      assertEquals("", client.text(error));
    }
  }

  @Test
  void spdy_severalConnectionsAtOnce_areKeptApart() throws Exception {
    try (SpdyTestClient client = new SpdyTestClient(url(List.of()), PROTOCOL).reading()) {
      int[] data = new int[5];
      for (int i = 0; i < data.length; i++) {
        openStream(client, "error", pod.getLocalPort(), Integer.toString(i));
        data[i] = openStream(client, "data", pod.getLocalPort(), Integer.toString(i));
      }
      for (int i = 0; i < data.length; i++) {
        client.write(data[i], "question " + i, true);
      }
      for (int i = 0; i < data.length; i++) {
        int id = data[i];
        await().until(() -> client.finished(id));
        assertEquals("echo question " + i, client.text(id));
      }
    }
  }

  @Test
  void spdy_oldClientWithoutRequestId_isPairedByStreamId() throws Exception {
    try (SpdyTestClient client = new SpdyTestClient(url(List.of()), PROTOCOL).reading()) {
      String port = Integer.toString(pod.getLocalPort());
      client.open("streamtype", "error", "port", port);
      int data = client.open("streamtype", "data", "port", port);
      client.write(data, "old", true);

      await().until(() -> client.finished(data));
      assertEquals("echo old", client.text(data));
    }
  }

  @Test
  void spdy_nobodyListens_tellsSoOnTheErrorStream() throws Exception {
    try (SpdyTestClient client = new SpdyTestClient(urlToNobody(List.of()), PROTOCOL).reading()) {
      int error = openStream(client, "error", 80, "0");
      openStream(client, "data", 80, "0");

      await().until(() -> client.finished(error));
      assertEquals(
          "error forwarding port 80 to pod pod, uid : Connection refused", client.text(error));
    }
  }

  @Test
  void spdy_clientResetsTheData_podIsDisconnected() throws Exception {
    try (SpdyTestClient client = new SpdyTestClient(url(List.of()), PROTOCOL).reading()) {
      int error = openStream(client, "error", pod.getLocalPort(), "0");
      int data = openStream(client, "data", pod.getLocalPort(), "0");
      client.write(data, "never ended", false);
      client.send(new DefaultSpdyRstStreamFrame(data, SpdyStreamStatus.CANCEL));

      podSawTheEnd.get(10, TimeUnit.SECONDS);
      await().until(() -> client.finished(error));
    }
  }

  @Test
  void spdy_wrongPortOrType_isReset() throws Exception {
    try (SpdyTestClient client = new SpdyTestClient(url(List.of()), PROTOCOL).reading()) {
      int none = client.open("streamtype", "data");
      int tooHigh = openStream(client, "data", 65_536, "1");
      int noNumber = client.open("streamtype", "data", "port", "http");
      int noType = client.open("port", "80");

      await()
          .until(
              () ->
                  client.finished(none)
                      && client.finished(tooHigh)
                      && client.finished(noNumber)
                      && client.finished(noType));
    }
  }

  @Test
  void spdy_halfAPair_isResetAfterTheCreationTimeout() throws Exception {
    try (SpdyTestClient client = new SpdyTestClient(url(List.of()), PROTOCOL).reading()) {
      int error = openStream(client, "error", pod.getLocalPort(), "0");

      await().until(() -> client.finished(error));
    }
  }

  @Test
  void spdy_moreStreamsThanAllowed_areRefused() throws Exception {
    try (SpdyTestClient client = new SpdyTestClient(url(List.of()), PROTOCOL).reading()) {
      int last = 0;
      for (int i = 0; i < 5_000; i++) {
        last = openStream(client, "error", pod.getLocalPort(), Integer.toString(i));
      }
      int refused = last;

      await().until(() -> client.finished(refused));
    }
  }

  @Test
  void webSocket_ofOnePort_beginsWithThePortAndEcho() throws Exception {
    int port = pod.getLocalPort();
    byte[] portBytes = {(byte) port, (byte) (port >> 8)};
    try (WebSocketTestClient client =
        new WebSocketTestClient(url(List.of(port)), "v4.channel.k8s.io")) {
      await().until(() -> client.bytes(0).length == 2 && client.bytes(1).length == 2);
      assertArrayEquals(portBytes, client.bytes(0));
      assertArrayEquals(portBytes, client.bytes(1));

      client.send(0, "hi");
      client.socket.sendClose(1000, "").get();
      podSawTheEnd.get(10, TimeUnit.SECONDS);
    }
  }

  @Test
  void webSocket_nobodyListens_tellsSoAndCloses() throws Exception {
    try (WebSocketTestClient client =
        new WebSocketTestClient(urlToNobody(List.of(80)), "v4.channel.k8s.io")) {
      assertEquals(1000, client.closed.get(10, TimeUnit.SECONDS));
      assertTrue(client.text(1).contains("error forwarding port 80"), client.text(1));
    }
  }
}
