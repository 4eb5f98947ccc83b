package dev.cofferdam.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class UnixSocketsTest {
  private static final Duration TIMEOUT = Duration.ofSeconds(10);
  @TempDir Path dir;

  @Test
  void sendWithFds_plainPeer_getsTheBytesAndAnswers() throws Exception {
    Path path = dir.resolve("socket");
    try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      server.bind(UnixDomainSocketAddress.of(path));
      try (Fd client = UnixSockets.connect(path);
          SocketChannel peer = server.accept()) {
        byte[] hello = "hello".getBytes(StandardCharsets.UTF_8);
        UnixSockets.sendWithFds(client, hello, List.of(client), TIMEOUT);
        ByteBuffer got = ByteBuffer.allocate(10);
        assertEquals(5, peer.read(got));
        assertThrows(
            SocketTimeoutException.class,
            () -> UnixSockets.receiveWithFds(client, got, Duration.ofMillis(20)));
        peer.write(ByteBuffer.wrap(hello));
        got.clear();
        assertEquals(5, UnixSockets.receiveWithFds(client, got, TIMEOUT).bytes());
        peer.shutdownOutput();
        assertEquals(-1, UnixSockets.receiveWithFds(client, got, TIMEOUT).bytes());
      }
    }
  }

  @Test
  void connect_nobodyListens_isEnoent() {
    LinuxException e =
        assertThrows(
            LinuxException.class, () -> UnixSockets.connect(dir.resolve("missing")).close());
    assertEquals(Errno.ENOENT, e.errno());
  }

  @Test
  void connect_pathLongerThanAnAddress_goesByItsFolder() throws IOException {
    Path path = dir;
    while (path.toString().length() < 120) {
      path = Files.createDirectory(path.resolve("a".repeat(40)));
    }
    Path longPath = path.resolve("socket");
    Process socat =
        new ProcessBuilder("socat", "UNIX-LISTEN:./socket", "STDIO")
            .directory(path.toFile())
            .start();
    try {
      Awaitility.await().until(() -> Files.exists(longPath));
      UnixSockets.connect(longPath).close();
    } finally {
      socat.destroyForcibly();
    }
  }
}
