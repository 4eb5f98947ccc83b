package dev.cofferdam.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NetworkNamespacesTest {
  private static final Path OWN = Path.of("/proc/thread-self/ns/net");
  @TempDir Path dir;
  private Path file = Path.of("");

  @BeforeEach
  void create() throws IOException {
    Root.assumed();
    file = dir.resolve("netns");
    NetworkNamespaces.create(file);
  }

  @AfterEach
  void delete() throws IOException {
    NetworkNamespaces.delete(file);
  }

  @Test
  void create_newNamespace_isAnotherOneAndLoopbackIsUp() throws Exception {
    String inside = NetworkNamespaces.call(file, () -> Files.readSymbolicLink(OWN).toString());
    assertNotEquals(Files.readSymbolicLink(OWN).toString(), inside);
    assertTrue(NetworkNamespaces.call(file, () -> NetworkInterface.getByName("lo").isUp()));
  }

  @Test
  void call_listenerInside_isReachedFromInsideOnly() throws Exception {
    InetAddress local = InetAddress.getLoopbackAddress();
    try (ServerSocketChannel server =
        NetworkNamespaces.call(
            file, () -> ServerSocketChannel.open().bind(new InetSocketAddress(local, 0)))) {
      InetSocketAddress address =
          new InetSocketAddress(local, ((InetSocketAddress) server.getLocalAddress()).getPort());
      try (SocketChannel client = NetworkNamespaces.call(file, () -> SocketChannel.open(address))) {
        assertTrue(client.isConnected());
      }
      assertThrows(IOException.class, () -> SocketChannel.open(address).close());
    }
  }

  @Test
  void create_fileExists_failsAndLeavesIt() throws Exception {
    assertThrows(IOException.class, () -> NetworkNamespaces.create(file));
    assertTrue(NetworkNamespaces.call(file, () -> true));
  }

  @Test
  void delete_twice_isNoError() throws IOException {
    NetworkNamespaces.delete(file);
    NetworkNamespaces.delete(file);
    assertFalse(Files.exists(file));
  }

  @Test
  void call_codeThrows_sameExceptionComesOut() {
    IOException thrown =
        assertThrows(
            IOException.class,
            () ->
                NetworkNamespaces.call(
                    file,
                    () -> {
                      throw new IOException("from inside");
                    }));
    assertEquals("from inside", thrown.getMessage());
  }
}
