package dev.cofferdam.shim.stream;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cofferdam.sandbox.testing.Fuzz;
import dev.cofferdam.sandbox.testing.Mutations;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.DecoderException;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.websocketx.WebSocket13FrameDecoder;
import io.netty.handler.codec.http.websocketx.WebSocket13FrameEncoder;
import io.netty.handler.codec.http.websocketx.WebSocketDecoderConfig;
import io.netty.handler.codec.spdy.DefaultSpdyDataFrame;
import io.netty.handler.codec.spdy.DefaultSpdyPingFrame;
import io.netty.handler.codec.spdy.DefaultSpdySettingsFrame;
import io.netty.handler.codec.spdy.DefaultSpdySynStreamFrame;
import io.netty.handler.codec.spdy.DefaultSpdyWindowUpdateFrame;
import io.netty.handler.codec.spdy.SpdyFrameCodec;
import io.netty.handler.codec.spdy.SpdyVersion;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Provide;

/**
 * What clients send before and after their token was taken. Whatever it is, either it is understood
 * or the connection is closed; no exception gets out, and nothing is held that was not bounded.
 */
class StreamFuzz {
  private static final StreamSettings SETTINGS = StreamingServerFixture.SETTINGS;

  @Provide
  Arbitrary<byte[]> handshakes() {
    return Mutations.of(
        request(
            "POST /exec/TOKEN HTTP/1.1",
            "Upgrade: SPDY/3.1",
            "X-Stream-Protocol-Version: v4.channel.k8s.io",
            "Content-Length: 0"),
        request(
            "GET /exec/TOKEN HTTP/1.1",
            "Upgrade: websocket",
            "Sec-WebSocket-Version: 13",
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
            "Sec-WebSocket-Protocol: v5.channel.k8s.io"));
  }

  private static String request(String... lines) {
    return String.join("\r\n", lines) + "\r\nHost: x\r\nConnection: Upgrade\r\n\r\n";
  }

  @Provide
  Arbitrary<byte[]> spdy() {
    DefaultSpdySynStreamFrame error = new DefaultSpdySynStreamFrame(1, 0, (byte) 0);
    error.headers().set("streamtype", "error").set("port", "80").set("requestid", "0");
    DefaultSpdySynStreamFrame data = new DefaultSpdySynStreamFrame(3, 0, (byte) 0);
    data.headers().set("streamtype", "data").set("port", "80").set("requestid", "0");
    DefaultSpdySettingsFrame settings = new DefaultSpdySettingsFrame();
    settings.setValue(7, 1000);
    byte[] frames =
        encoded(
            List.of(
                error,
                data,
                settings,
                new DefaultSpdyPingFrame(1),
                new DefaultSpdyDataFrame(3, Unpooled.copiedBuffer("hello", StandardCharsets.UTF_8)),
                new DefaultSpdyWindowUpdateFrame(3, 100)));
    return Mutations.of(List.of(frames));
  }

  private static byte[] encoded(List<Object> frames) {
    EmbeddedChannel encoder = new EmbeddedChannel(new SpdyFrameCodec(SpdyVersion.SPDY_3_1));
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    frames.forEach(encoder::writeOutbound);
    for (ByteBuf out = encoder.readOutbound(); out != null; out = encoder.readOutbound()) {
      byte[] piece = new byte[out.readableBytes()];
      out.readBytes(piece);
      bytes.writeBytes(piece);
      out.release();
    }
    encoder.finishAndReleaseAll();
    return bytes.toByteArray();
  }

  @Provide
  Arbitrary<byte[]> webSocket() {
    // Unmasked by hand: the decoder is told to take such.
    return Mutations.of(
        List.of(
            new byte[] {(byte) 0x82, 3, 0, 'h', 'i', (byte) 0x82, 2, (byte) 255, 0},
            new byte[] {2, 2, 0, 'h', (byte) 0x80, 1, 'i', (byte) 0x89, 1, 'p', (byte) 0x88, 0},
            new byte[] {(byte) 0x81, 5, '0', 'a', 'G', 'k', '=', (byte) 0x81, 2, '4', '!'}));
  }

  @Provide
  Arbitrary<byte[]> sizes() {
    return Mutations.of("{\"Width\":80,\"Height\":24}\n{\"Width\":1,\"Height\":2,\"x\":[]}");
  }

  private static void feed(EmbeddedChannel channel, byte[] bytes) {
    int half = bytes.length / 2;
    for (byte[] piece :
        List.of(
            java.util.Arrays.copyOf(bytes, half),
            java.util.Arrays.copyOfRange(bytes, half, bytes.length))) {
      if (channel.isActive()) {
        write(channel, piece);
      }
    }
    channel.finishAndReleaseAll();
  }

  private static void write(EmbeddedChannel channel, byte[] piece) {
    try {
      channel.writeInbound(Unpooled.wrappedBuffer(piece));
      channel.runPendingTasks();
    } catch (DecoderException e) {
      // This kind of channel takes its handlers out while they run; a real one does so afterwards.
      if (channel.isActive()) {
        throw e;
      }
    }
  }

  @Fuzz
  void handshake_isAnsweredOrClosed(@ForAll("handshakes") byte[] bytes) {
    Tokens tokens = new Tokens(Duration.ofMinutes(1), 10, System::nanoTime);
    Ticket.Exec exec =
        new Ticket.Exec(
            new Ticket.Wanted(false, true, false, false),
            () -> new ScriptedProcess((_, _, _) -> 0));
    String token = tokens.issue(exec);
    String text = new String(bytes, StandardCharsets.ISO_8859_1).replace("TOKEN", token);
    Sessions sessions = new Sessions();
    EmbeddedChannel channel =
        new EmbeddedChannel(
            new HttpServerCodec(4096, 16 * 1024, 8 * 1024),
            new UpgradeHandler(
                tokens,
                new Upgrades(SETTINGS, sessions),
                new Handshakes(10),
                () -> false,
                SETTINGS));
    feed(channel, text.getBytes(StandardCharsets.ISO_8859_1));
    sessions.interrupt();
  }

  @Fuzz
  void spdy_isUnderstoodOrClosed(@ForAll("spdy") byte[] bytes) {
    EmbeddedChannel channel = new EmbeddedChannel();
    Ticket.PortForward forward =
        new Ticket.PortForward(
            "pod",
            List.of(),
            _ -> {
              throw new IOException("nobody listens");
            });
    SpdyPortForward acceptor = new SpdyPortForward(forward, SETTINGS, (_, _) -> {});
    SpdySession session = new SpdySession(channel, acceptor, SETTINGS, Wire::close);
    channel.pipeline().addLast(new BoundedSpdyCodec(), session);
    feed(channel, bytes);
  }

  @Fuzz
  void webSocket_isUnderstoodOrClosed(@ForAll("webSocket") byte[] bytes) {
    for (WebSocketProtocol protocol : WebSocketProtocol.values()) {
      EmbeddedChannel channel =
          new EmbeddedChannel(
              new WebSocket13FrameEncoder(false),
              new WebSocket13FrameDecoder(
                  WebSocketDecoderConfig.newBuilder()
                      .expectMaskedFrames(false)
                      .maxFramePayloadLength(SETTINGS.messageBytes())
                      .build()));
      channel.pipeline().addLast(new WebSocketChannels(channel, protocol, List.of(0, 4), SETTINGS));
      feed(channel, bytes);
    }
  }

  @Fuzz
  void sizes_areTakenOrPassedOver(@ForAll("sizes") byte[] bytes) {
    TerminalSizes.read(
        new ByteArrayInputStream(bytes),
        (columns, rows) -> assertTrue(columns > 0 && rows > 0 && columns <= 0xffff));
  }
}
