package dev.cofferdam.shim.front;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.grpc.Status;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ListeningSocketTest {
  @TempDir Path folder;

  @Test
  void socket_ofAServer_isRootsAlone() throws IOException {
    try (CriServer server = server()) {
      server.start();
      assertEquals(
          "rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(socket())));
    }
    assertFalse(Files.exists(socket()), "gone after an orderly stop");
  }

  @Test
  void socket_leftByADeadServer_isReplaced() throws IOException {
    try (ServerSocketChannel dead = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      dead.bind(UnixDomainSocketAddress.of(socket()));
    }
    assertTrue(Files.exists(socket()));
    try (CriServer server = server();
        RawClient client = new RawClient(socket())) {
      server.start();
      assertEquals(Status.Code.UNAVAILABLE, client.unary("a.B/C", new byte[0]).status().getCode());
    }
  }

  @Test
  void socket_ofALiveServer_isRefused() throws IOException {
    try (CriServer first = server();
        CriServer second = server()) {
      first.start();
      IOException refusal = assertThrows(IOException.class, second::start);
      assertTrue(String.valueOf(refusal.getMessage()).contains("another process serves"));
      try (RawClient client = new RawClient(socket())) {
        assertEquals(
            Status.Code.UNAVAILABLE, client.unary("a.B/C", new byte[0]).status().getCode());
      }
    }
  }

  @Test
  void socket_ofAnotherKindOfServer_isRefused() throws IOException {
    try (ServerSocketChannel other = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        CriServer server = server()) {
      other.bind(UnixDomainSocketAddress.of(socket()));
      assertThrows(IOException.class, server::start);
    }
  }

  private Path socket() {
    return folder.resolve("cri.sock");
  }

  private CriServer server() {
    return new CriServer(
        socket(),
        folder.resolve("no-containerd.sock"),
        Ownership.none(),
        List.of(),
        FrontSettings.defaults());
  }
}
