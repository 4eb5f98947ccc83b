package dev.cofferdam.shim.stream;

import io.netty.channel.Channel;
import io.netty.channel.ChannelOutboundInvoker;

/**
 * What is sent because a client sent something: pongs, resets, windows. Nobody waits for it to be
 * taken, so a client that asks for much of it and reads none could fill our memory; it is cut off
 * instead. On the event loop only.
 */
final class Replies {
  private static final int MOST_UNSENT = 4096;

  private final Channel channel;
  private int unsent;

  Replies(Channel channel) {
    this.channel = channel;
  }

  void send(ChannelOutboundInvoker to, Object message) {
    unsent++;
    to.writeAndFlush(message).addListener(_ -> unsent--);
    if (unsent > MOST_UNSENT) {
      Wire.close(channel);
    }
  }
}
