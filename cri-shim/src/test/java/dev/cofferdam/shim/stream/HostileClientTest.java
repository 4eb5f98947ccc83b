package dev.cofferdam.shim.stream;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.cofferdam.cri.v1.ExecRequest;
import io.netty.handler.codec.spdy.DefaultSpdyPingFrame;
import io.netty.handler.codec.spdy.DefaultSpdyRstStreamFrame;
import io.netty.handler.codec.spdy.DefaultSpdySettingsFrame;
import io.netty.handler.codec.spdy.SpdyStreamStatus;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Clients with a valid URL that go silent, go away, or want to be paid attention to. */
@Timeout(300)
class HostileClientTest {
  private static final String V4 = "v4.channel.k8s.io";
  private static final String FORWARD = "portforward.k8s.io";

  private final StreamingServerFixture fixture = new StreamingServerFixture();

  @AfterEach
  void close() {
    fixture.close();
  }

  private static ConditionFactory await() {
    return Awaitility.await().atMost(Duration.ofSeconds(60));
  }

  private static ScriptedProcess.Program waiting() {
    return (_, _, _) -> {
      Thread.sleep(100_000);
      return 0;
    };
  }

  private static void openAll(SpdyTestClient client) throws IOException {
    client.openType("error");
    client.openType("stdout");
    client.openType("stderr");
  }

  @Test
  void exec_withoutTerminalWhoseClientGoes_hangsUp() throws Exception {
    URI url = fixture.exec(false, false, waiting());
    try (SpdyTestClient client = new SpdyTestClient(url, V4).reading()) {
      openAll(client);
      ScriptedProcess process = fixture.process();
      client.disconnect();

      assertEquals(1, process.signal.get(60, TimeUnit.SECONDS));
      process.closed.get(60, TimeUnit.SECONDS);
    }
  }

  @Test
  void exec_overWebSocketWhoseClientGoes_hangsUp() throws Exception {
    URI url = fixture.exec(false, false, waiting());
    try (WebSocketTestClient client = new WebSocketTestClient(url, "v5.channel.k8s.io")) {
      ScriptedProcess process = fixture.process();
      client.socket.abort();

      assertEquals(1, process.signal.get(60, TimeUnit.SECONDS));
      process.closed.get(60, TimeUnit.SECONDS);
    }
  }

  @Test
  void exec_silentLongerThanTheIdleTimeout_isEnded() throws Exception {
    try (StreamingServer impatient =
        new StreamingServer(StreamingServerFixture.idleAfterOneSecond())) {
      impatient.start();
      CompletableFuture<ScriptedProcess> started = new CompletableFuture<>();
      URI url =
          impatient.exec(
              ExecRequest.newBuilder().setContainerId("c").setStdout(true).build(),
              () -> {
                ScriptedProcess process = new ScriptedProcess(waiting());
                started.complete(process);
                return process;
              });
      try (SpdyTestClient client = new SpdyTestClient(url, V4).reading()) {
        client.openType("error");
        client.openType("stdout");

        await().until(() -> client.ended);
        started.get(60, TimeUnit.SECONDS).closed.get(60, TimeUnit.SECONDS);
      }
    }
  }

  @Test
  void exec_inputEndedLongBefore_outputGoesOn() throws Exception {
    URI url =
        fixture.exec(
            true,
            false,
            (in, out, _) -> {
              in.readAllBytes();
              for (int i = 0; i < 100; i++) {
                out.write(new byte[10_000]);
              }
              return 0;
            });
    try (SpdyTestClient client = new SpdyTestClient(url, V4).reading()) {
      client.openType("error");
      int in = client.openType("stdin");
      int out = client.openType("stdout");
      client.openType("stderr");
      client.write(in, "", true);

      await().until(() -> client.ended);
      assertEquals(1_000_000, client.size(out));
    }
  }

  @Test
  void portForward_podEndsFirst_clientMaySendOn() throws Exception {
    CompletableFuture<byte[]> heard = new CompletableFuture<>();
    try (ServerSocket pod = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
      Thread.ofVirtual()
          .start(
              () -> {
                try (Socket socket = pod.accept()) {
                  socket.getOutputStream().write("bye".getBytes(StandardCharsets.UTF_8));
                  socket.shutdownOutput();
                  heard.complete(socket.getInputStream().readAllBytes());
                } catch (IOException e) {
                  heard.completeExceptionally(e);
                }
              });
      try (SpdyTestClient client = new SpdyTestClient(forwarded(), FORWARD).reading()) {
        int data = openPair(client, pod.getLocalPort(), "0");
        await().until(() -> client.text(data).equals("bye") && client.finished(data));
        client.write(data, "one more ", false);
        client.write(data, "thing", true);

        assertArrayEquals(
            "one more thing".getBytes(StandardCharsets.UTF_8), heard.get(60, TimeUnit.SECONDS));
      }
    }
  }

  private URI forwarded() {
    return fixture.portForward(
        List.of(),
        port -> SocketChannel.open(new InetSocketAddress(InetAddress.getLoopbackAddress(), port)));
  }

  private static int openPair(SpdyTestClient client, int port, String request) throws IOException {
    String number = Integer.toString(port);
    client.open("streamtype", "error", "port", number, "requestid", request);
    return client.open("streamtype", "data", "port", number, "requestid", request);
  }

  @Test
  void portForward_streamsOpenedAndTakenBack_leaveNothingThatWaits() throws Exception {
    try (ServerSocket pod = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        SpdyTestClient client = new SpdyTestClient(forwarded(), FORWARD).reading()) {
      for (int i = 0; i < 2_000; i++) {
        int id = client.open("streamtype", "error", "port", "80", "requestid", "r" + i);
        client.send(new DefaultSpdyRstStreamFrame(id, SpdyStreamStatus.CANCEL));
      }
      Thread.ofVirtual()
          .start(
              () -> {
                try (Socket socket = pod.accept()) {
                  socket.getOutputStream().write("hello".getBytes(StandardCharsets.UTF_8));
                } catch (IOException _) {
                  // The test waits in vain.
                }
              });
      // The ID of one that was taken back: what waited for it is forgotten.
      int data = openPair(client, pod.getLocalPort(), "r7");

      await().until(() -> client.text(data).equals("hello"));
    }
  }

  @Test
  void session_pingsWithoutReadingAnswers_isCutOff() throws Exception {
    URI url = fixture.exec(false, false, waiting());
    try (SpdyTestClient client = new SpdyTestClient(url, V4)) {
      openAll(client);
      ScriptedProcess process = fixture.process();
      Thread.ofVirtual()
          .start(
              () -> {
                try {
                  while (true) {
                    client.send(new DefaultSpdyPingFrame(1));
                  }
                } catch (IOException _) {
                  // Cut off.
                }
              });

      process.closed.get(90, TimeUnit.SECONDS);
    }
  }

  @Test
  void session_settingsWithoutEnd_closesTheConnection() throws Exception {
    URI url = fixture.exec(false, false, waiting());
    try (SpdyTestClient client = new SpdyTestClient(url, V4).reading()) {
      openAll(client);
      DefaultSpdySettingsFrame settings = new DefaultSpdySettingsFrame();
      for (int id = 1; id <= 1000; id++) {
        settings.setValue(id, id);
      }
      client.send(settings);

      await().until(() -> client.ended);
    }
  }

  @Test
  void exec_inputByteByByte_arrivesInOrder() throws Exception {
    URI url =
        fixture.exec(
            true,
            false,
            (in, out, _) -> {
              out.write(in.readAllBytes());
              return 0;
            });
    try (SpdyTestClient client = new SpdyTestClient(url, V4).reading()) {
      client.openType("error");
      int in = client.openType("stdin");
      int out = client.openType("stdout");
      client.openType("stderr");
      StringBuilder expected = new StringBuilder();
      for (int i = 0; i < 5_000; i++) {
        String piece = Integer.toString(i % 10);
        expected.append(piece);
        client.write(in, piece, i == 4_999);
      }

      await().until(() -> client.ended);
      assertEquals(expected.toString(), client.text(out));
    }
  }
}
