package dev.cofferdam.microvm.guest;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import java.io.IOException;
import java.net.SocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Goes through a monitor's Unix socket to a port of its guest: {@code CONNECT port}, answered by
 * {@code OK …} (Firecracker's docs/vsock.md; vhost-device-vsock does the same). For all that comes
 * after it in the pipeline, the channel becomes active only then.
 */
final class VsockHandshake extends ChannelDuplexHandler {
  private static final int LONGEST_ANSWER = 64;
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private final int port;
  private final StringBuilder answer = new StringBuilder();
  private @Nullable ChannelPromise connected;

  VsockHandshake(int port) {
    this.port = port;
  }

  @Override
  public void connect(
      ChannelHandlerContext context,
      SocketAddress remote,
      SocketAddress local,
      ChannelPromise promise) {
    connected = promise;
    ChannelPromise below = context.newPromise();
    var _ =
        below.addListener(
            done -> {
              if (!done.isSuccess()) {
                fail(context, done.cause());
              }
            });
    var _ = context.connect(remote, local, below);
  }

  /** Held back until the guest has answered. */
  @Override
  public void channelActive(ChannelHandlerContext context) {
    String words = "CONNECT " + port + "\n";
    var _ = context.writeAndFlush(Unpooled.copiedBuffer(words, StandardCharsets.US_ASCII));
    var _ =
        context
            .executor()
            .schedule(
                () -> fail(context, new IOException("no answer from the guest's port " + port)),
                PATIENCE.toMillis(),
                TimeUnit.MILLISECONDS);
    context.read();
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    ByteBuf bytes = (ByteBuf) message;
    while (bytes.isReadable()) {
      char next = (char) bytes.readByte();
      if (next == '\n') {
        finish(context, bytes);
        return;
      }
      answer.append(next);
      if (answer.length() > LONGEST_ANSWER) {
        break;
      }
    }
    bytes.release();
    if (answer.length() > LONGEST_ANSWER) {
      fail(context, new IOException("the monitor's vsock socket answered nonsense: " + answer));
    } else {
      context.read();
    }
  }

  private void finish(ChannelHandlerContext context, ByteBuf rest) {
    ChannelPromise promise = connected;
    if (!answer.toString().startsWith("OK ") || promise == null) {
      rest.release();
      fail(context, new IOException("the monitor's vsock socket answered: " + answer));
      return;
    }
    connected = null;
    var _ = promise.trySuccess();
    context.fireChannelActive();
    if (rest.isReadable()) {
      context.fireChannelRead(rest);
    } else {
      rest.release();
    }
    var _ = context.pipeline().remove(this);
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    fail(context, new IOException("nobody listens on port " + port + " in the guest"));
    context.fireChannelInactive();
  }

  private void fail(ChannelHandlerContext context, @Nullable Throwable cause) {
    ChannelPromise promise = connected;
    if (promise != null) {
      connected = null;
      var _ = promise.tryFailure(cause == null ? new IOException("not connected") : cause);
      var _ = context.close();
    }
  }
}
