package dev.cofferdam.shim.stream;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.ByteChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletionStage;

/**
 * One forwarded connection: copies both ways until both sides have ended, and passes on each side's
 * end by itself, since protocols exist that answer only after the end of the question.
 */
final class PortRelay {
  private static final int BUFFER_BYTES = 32 * 1024;

  private final Ticket.PortForward forward;
  private final int port;

  PortRelay(Ticket.PortForward forward, int port) {
    this.forward = forward;
    this.port = port;
  }

  /** How a relay ended. */
  enum End {
    BOTH_SIDES,
    FAILED
  }

  /**
   * Connects and copies on the thread that calls it, and says on {@code error} what went wrong.
   *
   * @param reply its close is the pod's end of output
   * @param gone completes when the client has dropped this connection, or all of them
   */
  End run(InputStream request, OutputStream reply, OutputStream error, CompletionStage<?> gone)
      throws InterruptedException {
    try (ByteChannel pod = forward.target().connect(port)) {
      gone.thenRun(() -> closeQuietly(pod));
      Thread asking =
          Thread.ofVirtual().name("port-forward-request").start(() -> copyRequest(request, pod));
      try {
        copyReply(pod, reply);
        reply.close();
      } catch (IOException _) {
        closeQuietly(pod); // The client is gone, or the pod has reset the connection.
        closeQuietly(request);
      }
      asking.join();
      return End.BOTH_SIDES;
    } catch (IOException | RuntimeException e) {
      tell(error, e);
      return End.FAILED;
    }
  }

  private void tell(OutputStream error, Exception cause) {
    String message =
        "error forwarding port %d to pod %s, uid : %s"
            .formatted(port, forward.sandboxId(), cause.getMessage());
    try {
      error.write(message.getBytes(StandardCharsets.UTF_8));
    } catch (IOException _) {
      // The client has gone, and with it whoever wanted to know.
    }
  }

  private static void copyRequest(InputStream request, ByteChannel pod) {
    byte[] buffer = new byte[BUFFER_BYTES];
    try {
      for (int count = request.read(buffer); count >= 0; count = request.read(buffer)) {
        writeFully(pod, ByteBuffer.wrap(buffer, 0, count));
      }
      if (pod instanceof SocketChannel socket) {
        socket.shutdownOutput();
      }
    } catch (IOException _) {
      closeQuietly(request); // The pod listens no more; what it says is still of interest.
    }
  }

  private static void closeQuietly(Closeable stream) {
    try {
      stream.close();
    } catch (IOException _) {
      // It is not going to be used again.
    }
  }

  private static void writeFully(ByteChannel pod, ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      pod.write(bytes);
    }
  }

  private static void copyReply(ByteChannel pod, OutputStream reply) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(BUFFER_BYTES);
    while (pod.read(buffer) >= 0) {
      reply.write(buffer.array(), 0, buffer.position());
      buffer.clear();
    }
  }
}
