package dev.cofferdam.shim.stream;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.websocketx.BinaryWebSocketFrame;
import io.netty.handler.codec.http.websocketx.CloseWebSocketFrame;
import io.netty.handler.codec.http.websocketx.ContinuationWebSocketFrame;
import io.netty.handler.codec.http.websocketx.PingWebSocketFrame;
import io.netty.handler.codec.http.websocketx.PongWebSocketFrame;
import io.netty.handler.codec.http.websocketx.TextWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketCloseStatus;
import io.netty.handler.codec.http.websocketx.WebSocketFrame;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletionStage;

/**
 * Numbered channels over one WebSocket, as the API server's and kubelet's {@code wsstream} has
 * them. A message may come in fragments, which are passed on as they come.
 */
final class WebSocketChannels extends SimpleChannelInboundHandler<WebSocketFrame> {
  private static final int CHUNK_BYTES = 32 * 1024;
  private static final int CLOSE_SIGNAL = 255;

  private final WebSocketProtocol protocol;
  private final Channel channel;
  private final Map<Integer, InboundStream> inputs = new HashMap<>();
  private final ReadPressure pressure;
  private final Replies replies;
  private final Base64Fragments base64 = new Base64Fragments();
  private int current = -1;
  private boolean ended;

  /**
   * @param readable the channels on which the client may send; on others it is not listened to
   */
  WebSocketChannels(
      Channel channel,
      WebSocketProtocol protocol,
      Collection<Integer> readable,
      StreamSettings settings) {
    this.channel = channel;
    this.protocol = protocol;
    this.pressure = new ReadPressure(channel, settings.bufferBytes());
    this.replies = new Replies(channel);
    channel.pipeline().addFirst(pressure);
    for (int number : Set.copyOf(readable)) {
      inputs.put(number, new InboundStream(pressure::taken));
    }
  }

  InboundStream input(int number) {
    InboundStream input = inputs.get(number);
    if (input == null) {
      throw new IllegalArgumentException("channel " + number + " was not declared readable");
    }
    return input;
  }

  /** Its {@code close} does nothing: a server cannot close one channel. */
  OutputStream output(int number) {
    return new Output(number);
  }

  /** Says good-bye and closes; what was written before is sent. */
  void end() {
    inputs.values().forEach(InboundStream::close);
    channel.eventLoop().execute(() -> endOnLoop(WebSocketCloseStatus.NORMAL_CLOSURE));
  }

  /** Completes when the client's connection has closed. */
  CompletionStage<?> gone() {
    return Wire.closed(channel);
  }

  @Override
  protected void channelRead0(ChannelHandlerContext ctx, WebSocketFrame frame) {
    switch (frame) {
      case BinaryWebSocketFrame binary -> data(binary, true);
      case TextWebSocketFrame text -> data(text, true);
      case ContinuationWebSocketFrame more -> data(more, false);
      case PingWebSocketFrame ping ->
          replies.send(ctx, new PongWebSocketFrame(ping.content().retain()));
      case CloseWebSocketFrame _ -> endOnLoop(WebSocketCloseStatus.NORMAL_CLOSURE);
      default -> {} // Pongs.
    }
  }

  private void data(WebSocketFrame frame, boolean first) {
    ByteBuf content = frame.content();
    if (first) {
      base64.reset();
      current = content.isReadable() ? channelNumber(content.readByte()) : -1;
    }
    InboundStream input = inputs.get(current);
    if (protocol == WebSocketProtocol.V5 && first && current == CLOSE_SIGNAL) {
      closeSignal(content);
    } else if (input != null && content.isReadable()) {
      byte[] bytes = ByteBufUtil.getBytes(content);
      byte[] decoded = protocol.base64() ? base64.decode(bytes) : bytes;
      if (decoded.length > 0) {
        pressure.added(decoded.length);
        input.offer(decoded);
      }
    }
  }

  private int channelNumber(byte first) {
    return protocol.base64() ? (first & 0xff) - '0' : first & 0xff;
  }

  private void closeSignal(ByteBuf content) {
    if (content.readableBytes() != 1) {
      endOnLoop(WebSocketCloseStatus.PROTOCOL_ERROR);
      return;
    }
    InboundStream input = inputs.get((int) content.readUnsignedByte());
    if (input != null) {
      input.end();
    }
  }

  private void endOnLoop(WebSocketCloseStatus status) {
    if (ended) {
      return;
    }
    ended = true;
    inputs.values().forEach(InboundStream::end);
    Wire.send(channel, new CloseWebSocketFrame(status));
    Wire.endOutput(channel);
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    ended = true;
    inputs.values().forEach(InboundStream::end);
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    if (cause instanceof IllegalArgumentException) {
      endOnLoop(WebSocketCloseStatus.INVALID_PAYLOAD_DATA); // Not base64.
    } else {
      Wire.close(channel);
    }
  }

  private final class Output extends OutputStream {
    private final int number;

    Output(int number) {
      this.number = number;
    }

    @Override
    public void write(int oneByte) throws IOException {
      write(new byte[] {(byte) oneByte}, 0, 1);
    }

    /** Also sends an empty message if asked to write nothing. */
    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
      int sent = 0;
      do {
        int count = Math.min(CHUNK_BYTES, length - sent);
        Wire.sendAndWait(channel, message(bytes, offset + sent, count));
        sent += count;
      } while (sent < length);
    }

    private WebSocketFrame message(byte[] bytes, int offset, int count) {
      ByteBuf content = Unpooled.wrappedBuffer(bytes, offset, count);
      if (protocol.base64()) {
        return new TextWebSocketFrame(
            (char) ('0' + number) + Base64Fragments.encode(bytes, offset, count));
      }
      return new BinaryWebSocketFrame(
          Unpooled.wrappedBuffer(Unpooled.wrappedBuffer(new byte[] {(byte) number}), content));
    }
  }
}
