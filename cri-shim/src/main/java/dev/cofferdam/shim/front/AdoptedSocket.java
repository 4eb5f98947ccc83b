package dev.cofferdam.shim.front;

import dev.cofferdam.linux.Fd;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.channel.ServerChannel;
import io.netty.channel.epoll.EpollServerDomainSocketChannel;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.SocketAddress;

/** Netty's server channel on a socket that is bound and listens already. */
final class AdoptedSocket {
  private AdoptedSocket() {}

  /** A channel with a descriptor of its own; it accepts as soon as it is registered. */
  static ServerChannel channel(Fd listening) {
    int number;
    try {
      number = listening.duplicate().number();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    EpollServerDomainSocketChannel channel = new EpollServerDomainSocketChannel(number, true);
    channel.pipeline().addLast(new BoundAlready());
    return channel;
  }

  private static final class BoundAlready extends ChannelOutboundHandlerAdapter {
    @Override
    public void bind(ChannelHandlerContext context, SocketAddress unused, ChannelPromise promise) {
      promise.setSuccess();
    }
  }
}
