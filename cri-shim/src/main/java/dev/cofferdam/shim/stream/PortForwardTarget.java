package dev.cofferdam.shim.stream;

import java.io.IOException;
import java.nio.channels.ByteChannel;

/** What a port-forward URL leads to: the ports of a pod. */
@FunctionalInterface
public interface PortForwardTarget {

  /**
   * Connects to a port inside the pod. The channel blocks and is closed by the caller, from another
   * thread too; if it is a {@link java.nio.channels.SocketChannel}, the client's end of input is
   * passed on by {@code shutdownOutput}.
   *
   * @param port from 1 to 65535
   * @throws IOException whose message the client gets to see
   */
  ByteChannel connect(int port) throws IOException;
}
