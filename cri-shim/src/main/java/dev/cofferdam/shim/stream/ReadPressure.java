package dev.cofferdam.shim.stream;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Stops reading a connection while more than so many bytes wait for their readers, so that a client
 * can make us hold no more than that. One stream that nobody reads thus holds up the others of its
 * connection; Kubernetes' clients know no SPDY flow control that would do better.
 *
 * <p>It stands at the pipeline's head, because {@code SpdyFrameCodec} asks for more whenever the
 * channel does not read by itself, not knowing that somebody wanted it so.
 */
final class ReadPressure extends ChannelOutboundHandlerAdapter {
  private final Channel channel;
  private final int highBytes;
  private final AtomicInteger waiting = new AtomicInteger();
  private volatile boolean paused;

  ReadPressure(Channel channel, int highBytes) {
    this.channel = channel;
    this.highBytes = highBytes;
  }

  @Override
  public void read(ChannelHandlerContext ctx) {
    if (!paused) {
      ctx.read();
    }
  }

  /** Bytes came in. On the event loop only. */
  void added(int bytes) {
    if (waiting.addAndGet(bytes) > highBytes && !paused) {
      paused = true;
      channel.config().setAutoRead(false);
      resumeIfLow();
    }
  }

  /** Bytes were taken or dropped. On any thread. */
  void taken(int bytes) {
    waiting.addAndGet(-bytes);
    if (paused) {
      channel.eventLoop().execute(this::resumeIfLow);
    }
  }

  private void resumeIfLow() {
    if (paused && waiting.get() <= highBytes / 2) {
      paused = false;
      channel.config().setAutoRead(true);
    }
  }
}
