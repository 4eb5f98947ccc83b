package dev.cofferdam.shim.stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.UnixOperatingSystemMXBean;
import dev.cofferdam.cri.v1.ExecRequest;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Many clients at once, with and without a reason to be there. */
@Timeout(300)
class ManyConnectionsTest {
  private static final String V4 = "v4.channel.k8s.io";
  private static final StreamSettings SETTINGS = StreamSettings.defaults();

  private final StreamingServer server = new StreamingServer(SETTINGS);

  @BeforeEach
  void start() throws IOException {
    server.start();
  }

  @AfterEach
  void close() {
    server.close();
  }

  private static ConditionFactory await() {
    return Awaitility.await().atMost(Duration.ofSeconds(60));
  }

  private URI exec(ScriptedProcess.Program program) {
    ExecRequest request =
        ExecRequest.newBuilder().setContainerId("c").setStdin(true).setStdout(true).build();
    return server.exec(request, () -> new ScriptedProcess(program));
  }

  private static final class Session implements AutoCloseable {
    final SpdyTestClient client;
    final int error;
    final int in;
    final int out;

    Session(URI url) throws IOException {
      client = new SpdyTestClient(url, V4).reading();
      error = client.openType("error");
      in = client.openType("stdin");
      out = client.openType("stdout");
    }

    @Override
    public void close() throws IOException {
      client.close();
    }
  }

  private static int echo(java.io.InputStream in, java.io.OutputStream out) throws IOException {
    out.write(in.readAllBytes());
    return 3;
  }

  @Test
  void exec_threeHundredSessionsAtOnce_eachGetsItsOwn() throws Exception {
    List<Session> sessions = new ArrayList<>();
    try {
      for (int i = 0; i < 300; i++) {
        sessions.add(new Session(exec((in, out, _) -> echo(in, out))));
      }
      for (int i = 0; i < sessions.size(); i++) {
        sessions.get(i).client.write(sessions.get(i).in, "session " + i, true);
      }
      for (int i = 0; i < sessions.size(); i++) {
        Session session = sessions.get(i);
        await().until(() -> session.client.ended);
        assertEquals("session " + i, session.client.text(session.out));
        assertTrue(session.client.text(session.error).contains("exit status 3"));
      }
    } finally {
      for (Session session : sessions) {
        session.close();
      }
    }
  }

  @Test
  void halfOpen_tenThousand_theOldestGiveWayAndExecWorks() throws Exception {
    var limits = (UnixOperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    long descriptors = limits.getMaxFileDescriptorCount() - limits.getOpenFileDescriptorCount();
    int count = (int) Math.min(10_000, descriptors - SETTINGS.handshakes() - 500);
    URI url = exec((in, out, _) -> echo(in, out));
    List<SocketChannel> idle = new ArrayList<>();
    try {
      for (int i = 0; i < count; i++) {
        SocketChannel socket =
            SocketChannel.open(new InetSocketAddress(url.getHost(), url.getPort()));
        socket.write(ByteBuffer.wrap("GET /ex".getBytes(StandardCharsets.US_ASCII)));
        idle.add(socket);
      }
      try (Session session = new Session(url)) {
        session.client.write(session.in, "still here", true);
        await().until(() -> session.client.ended);
        assertEquals("still here", session.client.text(session.out));
      }
      for (SocketChannel socket : idle.subList(0, count - SETTINGS.handshakes())) {
        assertEquals(-1, endOf(socket));
      }
    } finally {
      for (SocketChannel socket : idle) {
        socket.close();
      }
    }
  }

  private static int endOf(SocketChannel socket) {
    try {
      return socket.read(ByteBuffer.allocate(1));
    } catch (IOException _) {
      return -1; // Reset, since it was closed with our bytes unread.
    }
  }

  @Test
  void sessions_moreThanAllowed_areToldSoAndKeepTheirUrl() throws Exception {
    StreamSettings few = StreamingServerFixture.settings(1);
    CompletableFuture<Void> end = new CompletableFuture<>();
    try (StreamingServer small = new StreamingServer(few)) {
      small.start();
      ExecRequest request =
          ExecRequest.newBuilder().setContainerId("c").setStdin(true).setStdout(true).build();
      URI first =
          small.exec(
              request,
              () ->
                  new ScriptedProcess(
                      (_, _, _) -> {
                        end.join();
                        return 0;
                      }));
      URI second = small.exec(request, () -> new ScriptedProcess((in, out, _) -> echo(in, out)));
      try (Session only = new Session(first)) {
        await().until(() -> only.client.others.size() >= 3);
        try (SpdyTestClient refused = new SpdyTestClient(second, V4)) {
          assertTrue(refused.response.startsWith("HTTP/1.1 503"), refused.response);
        }
        end.complete(null);
        await().until(() -> only.client.ended);
      }
      await()
          .until(
              () -> {
                try (SpdyTestClient again = new SpdyTestClient(second, V4)) {
                  return again.response.startsWith("HTTP/1.1 101");
                }
              });
    }
  }
}
