package dev.cofferdam.shim.stream;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.MessageToMessageCodec;
import io.netty.handler.codec.http.websocketx.BinaryWebSocketFrame;
import io.netty.handler.codec.http.websocketx.CloseWebSocketFrame;
import io.netty.handler.codec.http.websocketx.ContinuationWebSocketFrame;
import io.netty.handler.codec.http.websocketx.PingWebSocketFrame;
import io.netty.handler.codec.http.websocketx.PongWebSocketFrame;
import io.netty.handler.codec.http.websocketx.TextWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketFrame;
import java.util.List;

/**
 * The bytes of a SPDY connection inside binary WebSocket messages, wherever these are cut: the
 * subprotocol {@code SPDY/3.1+portforward.k8s.io} of newer kubectl and crictl.
 */
final class WebSocketTunnel extends MessageToMessageCodec<WebSocketFrame, ByteBuf> {
  static final String PORT_FORWARD = "SPDY/3.1+portforward.k8s.io";

  private final Replies replies;

  WebSocketTunnel(Channel channel) {
    this.replies = new Replies(channel);
  }

  @Override
  protected void encode(ChannelHandlerContext ctx, ByteBuf bytes, List<Object> out) {
    out.add(new BinaryWebSocketFrame(bytes.retain()));
  }

  @Override
  protected void decode(ChannelHandlerContext ctx, WebSocketFrame frame, List<Object> out) {
    switch (frame) {
      case BinaryWebSocketFrame data -> out.add(data.content().retain());
      case ContinuationWebSocketFrame data -> out.add(data.content().retain());
      case PingWebSocketFrame ping ->
          replies.send(ctx, new PongWebSocketFrame(ping.content().retain()));
      case CloseWebSocketFrame _ -> Wire.close(ctx.channel());
      case TextWebSocketFrame _ -> Wire.close(ctx.channel()); // Not what was agreed on.
      default -> {} // Pongs.
    }
  }

  /** Ends the WebSocket that carries the SPDY connection. */
  static void endOutput(Channel channel) {
    Wire.send(channel.pipeline().context(WebSocketTunnel.class), new CloseWebSocketFrame(1000, ""));
    Wire.closeSoon(channel);
  }
}
