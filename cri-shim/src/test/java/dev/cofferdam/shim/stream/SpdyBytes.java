package dev.cofferdam.shim.stream;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.spdy.DefaultSpdyDataFrame;
import io.netty.handler.codec.spdy.DefaultSpdySynStreamFrame;
import io.netty.handler.codec.spdy.SpdyDataFrame;
import io.netty.handler.codec.spdy.SpdyFrame;
import io.netty.handler.codec.spdy.SpdyFrameCodec;
import io.netty.handler.codec.spdy.SpdyVersion;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** A client's side of a SPDY connection, as bytes in and out of it. */
final class SpdyBytes {
  private final EmbeddedChannel encoder =
      new EmbeddedChannel(new SpdyFrameCodec(SpdyVersion.SPDY_3_1));
  private final EmbeddedChannel decoder =
      new EmbeddedChannel(new SpdyFrameCodec(SpdyVersion.SPDY_3_1));
  private final Map<Integer, ByteArrayOutputStream> received = new ConcurrentHashMap<>();

  static SpdyFrame open(int id, String type, int port) {
    DefaultSpdySynStreamFrame frame = new DefaultSpdySynStreamFrame(id, 0, (byte) 0);
    frame.headers().set("streamtype", type);
    frame.headers().set("port", Integer.toString(port));
    frame.headers().set("requestid", "0");
    return frame;
  }

  static SpdyFrame data(int id, String text, boolean last) {
    DefaultSpdyDataFrame frame =
        new DefaultSpdyDataFrame(id, Unpooled.copiedBuffer(text, StandardCharsets.UTF_8));
    frame.setLast(last);
    return frame;
  }

  byte[] encode(SpdyFrame... frames) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    for (SpdyFrame frame : frames) {
      encoder.writeOutbound(frame);
    }
    for (ByteBuf part = encoder.readOutbound(); part != null; part = encoder.readOutbound()) {
      byte[] copy = new byte[part.readableBytes()];
      part.readBytes(copy);
      part.release();
      bytes.writeBytes(copy);
    }
    return bytes.toByteArray();
  }

  void decode(byte[] bytes) {
    decoder.writeInbound(Unpooled.copiedBuffer(bytes));
    for (Object frame = decoder.readInbound(); frame != null; frame = decoder.readInbound()) {
      if (frame instanceof SpdyDataFrame data) {
        byte[] copy = new byte[data.content().readableBytes()];
        data.content().readBytes(copy);
        data.release();
        received(data.streamId()).writeBytes(copy);
      }
    }
  }

  private ByteArrayOutputStream received(int id) {
    return received.computeIfAbsent(id, _ -> new ByteArrayOutputStream());
  }

  String text(int id) {
    return received(id).toString(StandardCharsets.UTF_8);
  }
}
