package dev.cofferdam.gvisor;

import dev.cofferdam.gvisor.ControlSocket.Refused;
import dev.cofferdam.sandbox.Deadline;
import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.SandboxException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ByteChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.UUID;

/**
 * Connections to what listens inside. A pod's loopback interface is in the sentry's own network
 * stack, where nobody outside can dial: the sentry copies between a port and a socket of ours.
 */
final class PortConnection {
  private final Control control;
  private final Layout layout;
  private final boolean hostNetwork;

  PortConnection(Control control, Layout layout, boolean hostNetwork) {
    this.control = control;
    this.layout = layout;
    this.hostNetwork = hostNetwork;
  }

  ByteChannel open(int port, Deadline deadline) {
    if (port < 1 || port > 65535) {
      throw new SandboxException(ErrorCode.INVALID_ARGUMENT, "no TCP port: " + port);
    }
    try {
      return hostNetwork ? dial(port, deadline) : forward(port, deadline);
    } catch (IOException | Refused e) {
      throw new SandboxException(
          ErrorCode.UNAVAILABLE,
          "cannot connect to port " + port + " in the pod: " + e.getMessage() + "; does it listen?",
          e);
    }
  }

  private ByteChannel forward(int port, Deadline deadline) throws IOException, Refused {
    Path path = layout.root().resolve("p" + UUID.randomUUID().toString().substring(0, 13));
    try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      server.bind(UnixDomainSocketAddress.of(path), 1);
      control.forward(port, path, deadline);
      server.configureBlocking(false); // whoever was to connect has done so
      SocketChannel near = server.accept();
      if (near == null) {
        throw new IOException("runsc reported success and did not connect");
      }
      return near;
    } finally {
      Files.deleteIfExists(path);
    }
  }

  private static ByteChannel dial(int port, Deadline deadline) throws IOException {
    SocketChannel channel = SocketChannel.open();
    try {
      int millis = (int) Math.max(1, deadline.remaining().toMillis());
      channel
          .socket()
          .connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), millis);
      return channel;
    } catch (IOException e) {
      channel.close();
      throw e;
    }
  }
}
