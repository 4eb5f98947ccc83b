package dev.cofferdam.shim.check;

import java.io.Closeable;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Connections from the node to a pod, each with a little to carry. Not thread-safe. */
final class HeldConnections implements Closeable {
  private static final int COUNT = 200;
  private static final byte[] WORDS = new byte[1024];
  private static final Duration PAUSE = Duration.ofMillis(50);
  private static final Duration TIMEOUT = Duration.ofSeconds(10);

  private final List<Socket> sockets = new ArrayList<>();

  private HeldConnections() {}

  /**
   * Opens as many as the canary under load waits for.
   *
   * @throws IOException which says to what, if the pod cannot be reached from its node
   */
  static HeldConnections open(String address, int port) throws IOException {
    HeldConnections held = new HeldConnections();
    try {
      while (held.sockets.size() < COUNT) {
        Socket socket = new Socket();
        held.sockets.add(socket);
        socket.connect(new InetSocketAddress(address, port), Math.toIntExact(TIMEOUT.toMillis()));
      }
      Thread.ofVirtual().start(held::talk);
      return held;
    } catch (IOException e) {
      IOException told =
          new IOException(
              "connection %d to %s, port %d, of the check's pod: %s; pods must be reachable from their node"
                  .formatted(held.sockets.size(), address, port, e.getMessage()),
              e);
      try {
        held.close();
      } catch (IOException undo) {
        told.addSuppressed(undo);
      }
      throw told;
    }
  }

  private void talk() {
    try {
      while (true) {
        for (Socket socket : sockets) {
          socket.getOutputStream().write(WORDS);
        }
        Thread.sleep(PAUSE);
      }
    } catch (IOException | InterruptedException closed) {
      // All is said.
    }
  }

  @Override
  public void close() throws IOException {
    for (Socket socket : sockets) {
      socket.close();
    }
  }
}
