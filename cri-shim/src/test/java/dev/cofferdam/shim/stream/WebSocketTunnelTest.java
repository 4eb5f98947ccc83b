package dev.cofferdam.shim.stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.websocketx.BinaryWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocket13FrameDecoder;
import io.netty.handler.codec.http.websocketx.WebSocket13FrameEncoder;
import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.channels.ByteChannel;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** By hand, because the JDK's WebSocket refuses the subprotocol's name, slash and plus and all. */
@Timeout(60)
class WebSocketTunnelTest {
  private final StreamingServerFixture fixture = new StreamingServerFixture();
  private final SpdyBytes spdy = new SpdyBytes();
  private final EmbeddedChannel encoder = new EmbeddedChannel(new WebSocket13FrameEncoder(true));
  private final EmbeddedChannel decoder =
      new EmbeddedChannel(new WebSocket13FrameDecoder(false, false, 1 << 20));

  @AfterEach
  void closeServer() {
    fixture.close();
  }

  @Test
  void portForward_spdyCutIntoMessagesAnywhere_worksAsWithoutTunnel() throws Exception {
    URI url = fixture.portForward(List.of(), _ -> new Greeting());
    try (Socket socket = new Socket(url.getHost(), url.getPort())) {
      shakeHands(socket, url);
      byte[] opening =
          spdy.encode(
              SpdyBytes.open(1, "error", 80),
              SpdyBytes.open(3, "data", 80),
              SpdyBytes.data(3, "ignored", true));
      int middle = opening.length / 2;
      send(socket, Arrays.copyOf(opening, middle));
      send(socket, Arrays.copyOfRange(opening, middle, opening.length));

      while (!spdy.text(3).equals("hello")) {
        assertTrue(receive(socket), "the server closed early; it sent " + spdy.text(3));
      }
    }
  }

  private static void shakeHands(Socket socket, URI url) throws IOException {
    List<String> request =
        List.of(
            "GET " + url.getPath() + " HTTP/1.1",
            "Host: x",
            "Connection: Upgrade",
            "Upgrade: websocket",
            "Sec-WebSocket-Version: 13",
            "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==",
            "Sec-WebSocket-Protocol: SPDY/3.1+portforward.k8s.io",
            "\r\n");
    socket
        .getOutputStream()
        .write(String.join("\r\n", request).getBytes(StandardCharsets.US_ASCII));
    String response = SpdyTestClient.readHeaders(socket.getInputStream());
    assertTrue(response.startsWith("HTTP/1.1 101"), response);
    assertTrue(response.contains("SPDY/3.1+portforward.k8s.io"), response);
  }

  private void send(Socket socket, byte[] bytes) throws IOException {
    encoder.writeOutbound(new BinaryWebSocketFrame(Unpooled.wrappedBuffer(bytes)));
    for (ByteBuf part = encoder.readOutbound(); part != null; part = encoder.readOutbound()) {
      part.readBytes(socket.getOutputStream(), part.readableBytes());
      part.release();
    }
  }

  private boolean receive(Socket socket) throws IOException {
    byte[] buffer = new byte[4096];
    int count = socket.getInputStream().read(buffer);
    if (count < 0) {
      return false;
    }
    decoder.writeInbound(Unpooled.copiedBuffer(buffer, 0, count));
    for (Object frame = decoder.readInbound(); frame != null; frame = decoder.readInbound()) {
      assertEquals(BinaryWebSocketFrame.class, frame.getClass());
      BinaryWebSocketFrame binary = (BinaryWebSocketFrame) frame;
      byte[] bytes = new byte[binary.content().readableBytes()];
      binary.content().readBytes(bytes);
      binary.release();
      spdy.decode(bytes);
    }
    return true;
  }

  /** A pod that says one word, and listens to none. */
  private static final class Greeting implements ByteChannel {
    private final ByteBuffer word = ByteBuffer.wrap("hello".getBytes(StandardCharsets.UTF_8));

    @Override
    public int read(ByteBuffer target) {
      if (!word.hasRemaining()) {
        return -1;
      }
      int count = word.remaining();
      target.put(word);
      return count;
    }

    @Override
    public int write(ByteBuffer source) {
      int count = source.remaining();
      source.position(source.limit());
      return count;
    }

    @Override
    public boolean isOpen() {
      return true;
    }

    @Override
    public void close() {}
  }
}
