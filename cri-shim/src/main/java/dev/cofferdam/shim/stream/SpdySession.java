package dev.cofferdam.shim.stream;

import io.netty.buffer.ByteBufUtil;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.spdy.DefaultSpdyDataFrame;
import io.netty.handler.codec.spdy.DefaultSpdyGoAwayFrame;
import io.netty.handler.codec.spdy.DefaultSpdyRstStreamFrame;
import io.netty.handler.codec.spdy.DefaultSpdySynReplyFrame;
import io.netty.handler.codec.spdy.DefaultSpdyWindowUpdateFrame;
import io.netty.handler.codec.spdy.SpdyDataFrame;
import io.netty.handler.codec.spdy.SpdyFrame;
import io.netty.handler.codec.spdy.SpdyGoAwayFrame;
import io.netty.handler.codec.spdy.SpdyHeaders;
import io.netty.handler.codec.spdy.SpdyHeadersFrame;
import io.netty.handler.codec.spdy.SpdyPingFrame;
import io.netty.handler.codec.spdy.SpdyRstStreamFrame;
import io.netty.handler.codec.spdy.SpdySessionStatus;
import io.netty.handler.codec.spdy.SpdySettingsFrame;
import io.netty.handler.codec.spdy.SpdyStreamStatus;
import io.netty.handler.codec.spdy.SpdySynReplyFrame;
import io.netty.handler.codec.spdy.SpdySynStreamFrame;
import io.netty.handler.codec.spdy.SpdyWindowUpdateFrame;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * The server's side of one SPDY/3.1 connection (SPDY Protocol, Draft 3.1), on top of Netty's frame
 * codec. Netty's own session handler is not used, because it holds to flow control that Kubernetes'
 * clients do not know ({@link SendWindows}). All state belongs to the event loop.
 */
final class SpdySession extends SimpleChannelInboundHandler<SpdyFrame> {

  /** Decides on streams that a client opens. Called on the event loop: must not block. */
  interface Acceptor {
    /** Takes the stream, or says no; the answer to the client is sent afterwards. */
    boolean accept(SpdyStream stream);
  }

  private static final int WINDOW_STEP_BYTES = SendWindows.INITIAL_BYTES / 4;

  private final Acceptor acceptor;
  private final int maxStreams;
  private final Consumer<Channel> endOutput;
  private final ReadPressure pressure;
  private final SendWindows windows = new SendWindows();
  private final Replies replies;
  private final Map<Integer, SpdyStream> streams = new HashMap<>();
  private final ChannelHandlerContext[] context = new ChannelHandlerContext[1];
  private int lastStreamId;
  private int unreturnedBytes;
  private boolean goneAway;
  private boolean ended;

  /**
   * @param endOutput tells the layer below that no more is coming from us
   */
  SpdySession(
      Channel channel, Acceptor acceptor, StreamSettings settings, Consumer<Channel> endOutput) {
    this.acceptor = acceptor;
    this.maxStreams = settings.streams();
    this.endOutput = endOutput;
    this.pressure = new ReadPressure(channel, settings.bufferBytes());
    this.replies = new Replies(channel);
    channel.pipeline().addFirst(pressure);
  }

  @Override
  public void handlerAdded(ChannelHandlerContext added) {
    context[0] = added;
  }

  ChannelHandlerContext context() {
    return context[0];
  }

  /** Ends all streams and the connection, once what was written before is sent. */
  void end() {
    context().executor().execute(this::endOnLoop);
  }

  @Override
  protected void channelRead0(ChannelHandlerContext ctx, SpdyFrame frame) {
    switch (frame) {
      case SpdyDataFrame data -> data(data);
      case SpdySynStreamFrame opening -> synStream(opening);
      case SpdySynReplyFrame reply -> refuse(reply.streamId(), SpdyStreamStatus.PROTOCOL_ERROR);
      case SpdyHeadersFrame headers -> remoteDone(headers.streamId(), headers.isLast());
      case SpdyRstStreamFrame reset -> forget(reset.streamId());
      case SpdyPingFrame ping -> ping(ping);
      case SpdySettingsFrame settings -> settings(settings);
      case SpdyWindowUpdateFrame update -> windowUpdate(update);
      case SpdyGoAwayFrame _ -> goAway();
      default -> {} // A type that SPDY/3.1 does not know is to be ignored (section 2.2.1).
    }
  }

  private void data(SpdyDataFrame frame) {
    SpdyStream stream = streams.get(frame.streamId());
    int length = frame.content().readableBytes();
    if (stream == null || stream.remoteDone) {
      returnWindow(0, length); // A stream just ended; its window went with it.
      return;
    }
    if (length > 0) {
      pressure.added(length);
      stream.input().offer(ByteBufUtil.getBytes(frame.content()));
    }
    remoteDone(frame.streamId(), frame.isLast());
  }

  private void synStream(SpdySynStreamFrame frame) {
    int id = frame.streamId();
    boolean valid = id > lastStreamId && id % 2 == 1 && !frame.isInvalid();
    if (!valid || frame.isTruncated()) {
      refuse(id, SpdyStreamStatus.PROTOCOL_ERROR);
      return;
    }
    lastStreamId = id;
    if (goneAway || streams.size() >= maxStreams) {
      refuse(id, SpdyStreamStatus.REFUSED_STREAM);
      return;
    }
    SpdyStream stream = new SpdyStream(this, id, frame.headers(), windows.open());
    stream.localDone = frame.isUnidirectional();
    streams.put(id, stream);
    if (!acceptor.accept(stream)) {
      resetOnLoop(stream);
      return;
    }
    DefaultSpdySynReplyFrame reply = new DefaultSpdySynReplyFrame(id);
    reply.headers().set(SpdyHeaders.HttpNames.STATUS, "200");
    reply.headers().set(SpdyHeaders.HttpNames.VERSION, "HTTP/1.1");
    replies.send(context(), reply);
    remoteDone(id, frame.isLast());
  }

  private void remoteDone(int id, boolean last) {
    SpdyStream stream = streams.get(id);
    if (last && stream != null) {
      stream.remoteDone = true;
      stream.input().end();
      forgetIfDone(stream);
    }
  }

  private void ping(SpdyPingFrame frame) {
    if (frame.id() % 2 != 0) {
      replies.send(context(), frame);
    }
  }

  private void settings(SpdySettingsFrame frame) {
    int initial = frame.getValue(SpdySettingsFrame.SETTINGS_INITIAL_WINDOW_SIZE);
    if (initial >= 0) {
      windows.initialStreamWindow(initial);
    }
  }

  private void windowUpdate(SpdyWindowUpdateFrame frame) {
    if (frame.streamId() == 0) {
      windows.sessionOpened(frame.deltaWindowSize());
      return;
    }
    SpdyStream stream = streams.get(frame.streamId());
    if (stream != null) {
      stream.window().opened(frame.deltaWindowSize());
    }
  }

  private void goAway() {
    goneAway = true;
    if (streams.isEmpty()) {
      endOnLoop();
    }
  }

  /** A reader took bytes that came on a stream. On any thread. */
  void taken(int id, int bytes) {
    pressure.taken(bytes);
    context().executor().execute(() -> returnWindow(id, bytes));
  }

  /** Opens the client's windows again, not for every few bytes. */
  private void returnWindow(int id, int bytes) {
    SpdyStream stream = streams.get(id);
    if (stream != null) {
      stream.unreturnedBytes += bytes;
      if (stream.unreturnedBytes >= WINDOW_STEP_BYTES) {
        replies.send(context(), new DefaultSpdyWindowUpdateFrame(id, stream.unreturnedBytes));
        stream.unreturnedBytes = 0;
      }
    }
    unreturnedBytes += bytes;
    if (unreturnedBytes >= WINDOW_STEP_BYTES) {
      replies.send(context(), new DefaultSpdyWindowUpdateFrame(0, unreturnedBytes));
      unreturnedBytes = 0;
    }
  }

  /** Ends our half. On any thread, in order with what that thread wrote before. */
  void finish(SpdyStream stream) {
    context()
        .executor()
        .execute(
            () -> {
              if (!stream.localDone && streams.containsKey(stream.id())) {
                stream.localDone = true;
                DefaultSpdyDataFrame fin = new DefaultSpdyDataFrame(stream.id());
                fin.setLast(true);
                Wire.send(context(), fin);
                forgetIfDone(stream);
              }
            });
  }

  void reset(SpdyStream stream) {
    context().executor().execute(() -> resetOnLoop(stream));
  }

  private void resetOnLoop(SpdyStream stream) {
    if (streams.containsKey(stream.id())) {
      refuse(stream.id(), SpdyStreamStatus.CANCEL);
      forget(stream.id());
    }
  }

  private void refuse(int id, SpdyStreamStatus status) {
    replies.send(context(), new DefaultSpdyRstStreamFrame(id, status));
  }

  private void forgetIfDone(SpdyStream stream) {
    if (stream.localDone && stream.remoteDone) {
      streams.remove(stream.id());
      stream.ended();
      endIfLast();
    }
  }

  private void forget(int id) {
    SpdyStream stream = streams.remove(id);
    if (stream != null) {
      stream.dead();
    }
    endIfLast();
  }

  private void endIfLast() {
    if (goneAway && streams.isEmpty()) {
      endOnLoop();
    }
  }

  private void endOnLoop() {
    if (ended) {
      return;
    }
    ended = true;
    goneAway = true;
    for (SpdyStream stream : List.copyOf(streams.values())) {
      streams.remove(stream.id());
      refuse(stream.id(), SpdyStreamStatus.CANCEL);
      stream.input().close();
      stream.dead();
    }
    Wire.send(context(), new DefaultSpdyGoAwayFrame(lastStreamId, SpdySessionStatus.OK));
    endOutput.accept(context().channel());
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    ended = true;
    streams.values().forEach(SpdyStream::dead);
    streams.clear();
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    Wire.close(ctx.channel()); // A broken frame, or a broken connection: nothing can be said on it.
  }
}
