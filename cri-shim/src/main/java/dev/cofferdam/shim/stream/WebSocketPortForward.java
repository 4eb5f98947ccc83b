package dev.cofferdam.shim.stream;

import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Port-forward over WebSocket channels: for the n-th port asked for, channel 2n carries data and
 * channel 2n + 1 an error; each begins with the port as two bytes, little endian. One connection
 * for each port is all that this protocol can do.
 */
final class WebSocketPortForward {
  /** A channel's number is one byte, and 255 has a meaning of its own. */
  static final int MAX_PORTS = 127;

  private final Ticket.PortForward forward;
  private final WebSocketChannels channels;

  WebSocketPortForward(Ticket.PortForward forward, WebSocketChannels channels) {
    this.forward = forward;
    this.channels = channels;
  }

  /** The channels on which a client sends. */
  static List<Integer> readable(Ticket.PortForward forward) {
    return IntStream.range(0, forward.ports().size()).mapToObj(n -> 2 * n).toList();
  }

  /** Relays on the calling thread and on one more for each port, until all have ended. */
  void run() throws InterruptedException {
    List<Thread> relays = new ArrayList<>();
    for (int i = 0; i < forward.ports().size(); i++) {
      int index = i;
      relays.add(
          Thread.ofVirtual()
              .name("port-forward")
              .start(() -> relay(index, forward.ports().get(index))));
    }
    try {
      for (Thread relay : relays) {
        relay.join();
      }
    } finally {
      channels.end();
    }
  }

  private void relay(int index, int port) {
    OutputStream data = channels.output(2 * index);
    OutputStream error = channels.output(2 * index + 1);
    try {
      data.write(portBytes(port));
      error.write(portBytes(port));
      InboundStream request = channels.input(2 * index);
      var _ =
          new PortRelay(forward, port)
              .run(request, new EndingBoth(data, request), error, channels.gone());
    } catch (IOException _) {
      // The client has gone.
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    } finally {
      channels.input(2 * index).close();
    }
  }

  private static byte[] portBytes(int port) {
    return ByteBuffer.allocate(Short.BYTES)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putShort((short) port)
        .array();
  }

  /** One direction cannot be ended alone here: the pod's end is the end of both. */
  private static final class EndingBoth extends FilterOutputStream {
    private final InboundStream request;

    EndingBoth(OutputStream data, InboundStream request) {
      super(data);
      this.request = request;
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
      out.write(bytes, offset, length);
    }

    @Override
    public void close() {
      request.close();
    }
  }
}
