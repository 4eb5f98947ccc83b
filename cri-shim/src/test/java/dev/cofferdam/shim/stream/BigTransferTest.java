package dev.cofferdam.shim.stream;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cofferdam.cri.v1.ExecRequest;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Much in both directions at once, and compared; more than the heap could hold in the long run. */
@Timeout(300)
class BigTransferTest {
  private static final boolean LONG = Boolean.getBoolean("cofferdam.long");
  private static final int CHUNK_BYTES = 64 * 1024;
  private static final int CHUNKS = (LONG ? 2048 : 200) * 1024 * 1024 / CHUNK_BYTES;

  private final StreamingServerFixture fixture = new StreamingServerFixture();

  @AfterEach
  void close() {
    fixture.close();
  }

  /** What went or came: how much, and its checksum. */
  private static final class Sum {
    final CRC32C crc = new CRC32C();
    final AtomicLong bytes = new AtomicLong();

    synchronized void add(byte[] data) {
      crc.update(data);
      bytes.addAndGet(data.length);
    }

    @Override
    public synchronized String toString() {
      return bytes + " bytes, " + crc.getValue();
    }
  }

  @FunctionalInterface
  private interface Sender {
    void send(byte[] chunk, boolean last) throws Exception;
  }

  private static Sum send(Sender sender) throws Exception {
    Random random = new Random(1);
    Sum sent = new Sum();
    byte[] chunk = new byte[CHUNK_BYTES];
    for (int i = 1; i <= CHUNKS; i++) {
      random.nextBytes(chunk);
      sent.add(chunk);
      sender.send(chunk, i == CHUNKS);
    }
    return sent;
  }

  private URI echo() {
    return fixture.server.exec(
        ExecRequest.newBuilder().setContainerId("c").setStdin(true).setStdout(true).build(),
        () ->
            new ScriptedProcess(
                (in, out, _) -> {
                  copy(in, out);
                  return 0;
                }));
  }

  private static void copy(InputStream in, OutputStream out) throws IOException {
    byte[] buffer = new byte[CHUNK_BYTES];
    for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
      out.write(buffer, 0, count);
    }
  }

  /** Sums what comes on one stream, and keeps the rest. */
  private static final class SummingSpdy extends SpdyTestClient {
    final Sum sum = new Sum();
    volatile int summed = -1;

    SummingSpdy(URI url, String protocol) throws IOException {
      super(url, protocol);
    }

    @Override
    void take(int id, byte[] bytes) {
      if (id == summed) {
        sum.add(bytes);
      } else {
        super.take(id, bytes);
      }
    }
  }

  @Test
  void exec_overSpdy_muchBothWays_arrivesWhole() throws Exception {
    try (SummingSpdy client = new SummingSpdy(echo(), "v4.channel.k8s.io")) {
      client.reading();
      int error = client.openType("error");
      int in = client.openType("stdin");
      client.summed = in + 2;
      assertEquals(client.summed, client.openType("stdout"));
      Sum sent = send((chunk, last) -> client.write(in, chunk, last));

      await().atMost(Duration.ofMinutes(2)).until(() -> client.ended);
      assertEquals(sent.toString(), client.sum.toString());
      assertTrue(client.text(error).contains("Success"), client.text(error));
    }
  }

  @Test
  void exec_overWebSocket_muchBothWays_arrivesWhole() throws Exception {
    Sum received = new Sum();
    URI url = echo();
    try (WebSocketTestClient client =
        new WebSocketTestClient(url, "v5.channel.k8s.io") {
          @Override
          void take(int channel, byte[] bytes) {
            if (channel == 1) {
              received.add(bytes);
            } else {
              super.take(channel, bytes);
            }
          }
        }) {
      Sum sent =
          send(
              (chunk, last) -> {
                client.fragment(0, chunk, true);
                if (last) {
                  client.fragment(255, new byte[] {0}, true);
                }
              });

      await().atMost(Duration.ofMinutes(2)).until(() -> client.closed.isDone());
      assertEquals(sent.toString(), received.toString());
      assertTrue(client.text(3).contains("Success"), client.text(3));
    }
  }

  @Test
  void portForward_muchBothWays_arrivesWhole() throws Exception {
    try (ServerSocket pod = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
      Thread.ofVirtual().start(() -> echoOnce(pod));
      URI url =
          fixture.portForward(
              List.of(),
              port ->
                  SocketChannel.open(
                      new InetSocketAddress(InetAddress.getLoopbackAddress(), port)));
      try (SummingSpdy client = new SummingSpdy(url, "portforward.k8s.io")) {
        client.reading();
        String port = Integer.toString(pod.getLocalPort());
        int error = client.open("streamtype", "error", "port", port, "requestid", "0");
        client.summed = error + 2;
        int data = client.open("streamtype", "data", "port", port, "requestid", "0");
        Sum sent = send((chunk, last) -> client.write(data, chunk, last));

        await().atMost(Duration.ofMinutes(2)).until(() -> client.finished(error));
        assertEquals("", client.text(error));
        assertEquals(sent.toString(), client.sum.toString());
      }
    }
  }

  private static void echoOnce(ServerSocket pod) {
    try (Socket socket = pod.accept()) {
      copy(socket.getInputStream(), socket.getOutputStream());
    } catch (IOException _) {
      // The test's sums say so.
    }
  }
}
