package dev.cofferdam.shim.stream;

import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelOutboundInvoker;
import io.netty.channel.socket.DuplexChannel;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;

/** Sends on a Netty channel, with or without waiting for it. */
final class Wire {
  private static final long LINGER_SECONDS = 5;

  private Wire() {}

  /** Sends; a failure shows in the channel being closed. */
  static void send(ChannelOutboundInvoker channel, Object message) {
    var _ = channel.writeAndFlush(message);
  }

  /** Blocks until the socket has taken the message: the back pressure of every stream. */
  static void sendAndWait(ChannelOutboundInvoker channel, Object message) throws IOException {
    ChannelFuture sent = channel.writeAndFlush(message);
    try {
      sent.await();
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("writing to the client was interrupted");
    }
    if (!sent.isSuccess()) {
      throw new IOException("the client is gone: " + sent.cause());
    }
  }

  /** Completes when the channel has closed, by whomever. */
  static CompletionStage<?> closed(Channel channel) {
    CompletableFuture<Void> closed = new CompletableFuture<>();
    channel.closeFuture().addListener(_ -> closed.complete(null));
    return closed;
  }

  static void close(Channel channel) {
    var _ = channel.close();
  }

  /**
   * Ends a connection so that the client gets all that was sent: closing a socket with unread input
   * makes the kernel reset it, and the tail of our output would be lost.
   */
  static void endOutput(Channel channel) {
    if (channel instanceof DuplexChannel duplex) {
      var _ = duplex.shutdownOutput();
    }
    closeSoon(channel);
  }

  /** Closes if the client has not done so in time. */
  static void closeSoon(Channel channel) {
    var _ = channel.eventLoop().schedule(() -> close(channel), LINGER_SECONDS, TimeUnit.SECONDS);
  }
}
