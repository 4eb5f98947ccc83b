package dev.cofferdam.shim.stream;

import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.websocketx.WebSocketHandshakeException;
import io.netty.handler.codec.http.websocketx.WebSocketServerHandshaker;
import io.netty.handler.codec.http.websocketx.WebSocketServerHandshakerFactory;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** Goes over to WebSocket: numbered channels, or a SPDY connection in a tunnel. */
final class WebSocketUpgrade {
  private static final int STDIN = 0;
  private static final int STDOUT = 1;
  private static final int STDERR = 2;
  private static final int ERROR = 3;
  private static final int RESIZE = 4;

  private final StreamSettings settings;
  private final Sessions sessions;
  private final Upgrades upgrades;

  WebSocketUpgrade(StreamSettings settings, Sessions sessions, Upgrades upgrades) {
    this.settings = settings;
    this.sessions = sessions;
    this.upgrades = upgrades;
  }

  void upgrade(ChannelHandlerContext ctx, HttpRequest request, Ticket ticket)
      throws UpgradeRefused {
    List<String> offered =
        Upgrades.commaSeparated(request.headers(), HttpHeaderNames.SEC_WEBSOCKET_PROTOCOL);
    switch (ticket) {
      case Ticket.Command command -> {
        WebSocketProtocol protocol = common(WebSocketProtocol.forCommand(offered), offered);
        WebSocketChannels channels =
            new WebSocketChannels(ctx.channel(), protocol, readable(command.wanted()), settings);
        Runnable session =
            () -> sessions.start(command.path(), () -> command(channels, protocol, command));
        switchTo(ctx, request, protocol.wireName(), session);
        ctx.pipeline().addLast(channels);
      }
      case Ticket.PortForward forward when offered.contains(WebSocketTunnel.PORT_FORWARD) -> {
        switchTo(ctx, request, WebSocketTunnel.PORT_FORWARD, () -> {});
        ctx.pipeline().addLast(new WebSocketTunnel(ctx.channel()));
        upgrades.runPortForward(ctx.channel(), forward, WebSocketTunnel::endOutput);
      }
      case Ticket.PortForward forward -> {
        if (forward.ports().size() > WebSocketPortForward.MAX_PORTS) {
          throw new UpgradeRefused(
              HttpResponseStatus.BAD_REQUEST,
              "at most %d ports over WebSocket".formatted(WebSocketPortForward.MAX_PORTS));
        }
        WebSocketProtocol protocol = common(WebSocketProtocol.forPortForward(offered), offered);
        WebSocketChannels channels =
            new WebSocketChannels(
                ctx.channel(), protocol, WebSocketPortForward.readable(forward), settings);
        Runnable session =
            () ->
                sessions.start(
                    forward.path(), () -> new WebSocketPortForward(forward, channels).run());
        switchTo(ctx, request, protocol.wireName(), session);
        ctx.pipeline().addLast(channels);
      }
    }
  }

  private static WebSocketProtocol common(
      Optional<WebSocketProtocol> protocol, List<String> offered) throws UpgradeRefused {
    return protocol.orElseThrow(
        () ->
            Upgrades.noCommonProtocol(
                offered,
                Arrays.stream(WebSocketProtocol.values())
                    .map(WebSocketProtocol::wireName)
                    .filter(name -> !name.isEmpty())
                    .toList()));
  }

  private void switchTo(
      ChannelHandlerContext ctx, HttpRequest request, String subprotocol, Runnable session)
      throws UpgradeRefused {
    WebSocketServerHandshaker handshaker =
        new WebSocketServerHandshakerFactory(
                request.uri(),
                subprotocol.isEmpty() ? null : subprotocol,
                false,
                settings.messageBytes())
            .newHandshaker(request);
    if (handshaker == null) {
      throw new UpgradeRefused(
          HttpResponseStatus.UPGRADE_REQUIRED, "WebSocket version 13 (RFC 6455) only");
    }
    try {
      Channel channel = ctx.channel();
      handshaker
          .handshake(
              channel,
              new DefaultFullHttpRequest(
                  request.protocolVersion(),
                  request.method(),
                  request.uri(),
                  Unpooled.EMPTY_BUFFER,
                  request.headers(),
                  new DefaultHttpHeaders()))
          .addListener(
              shaken -> {
                if (shaken.isSuccess()) {
                  session.run();
                } else {
                  Wire.close(channel);
                }
              });
    } catch (WebSocketHandshakeException e) {
      throw new UpgradeRefused(HttpResponseStatus.BAD_REQUEST, String.valueOf(e.getMessage()));
    }
    upgrades.leaveHandshake(ctx);
  }

  private static List<Integer> readable(Ticket.Wanted wanted) {
    List<Integer> readable = new ArrayList<>();
    if (wanted.stdin()) {
      readable.add(STDIN);
    }
    if (wanted.terminal()) {
      readable.add(RESIZE);
    }
    return readable;
  }

  private void command(
      WebSocketChannels channels, WebSocketProtocol protocol, Ticket.Command command)
      throws InterruptedException, IOException {
    Ticket.Wanted wanted = command.wanted();
    OutputStream error = channels.output(ERROR);
    ClientStreams client =
        new ClientStreams(
            wanted.stdin() ? Optional.<InputStream>of(channels.input(STDIN)) : Optional.empty(),
            wanted.stdout() ? Optional.of(channels.output(STDOUT)) : Optional.empty(),
            wanted.stderr() ? Optional.of(channels.output(STDERR)) : Optional.empty());
    // An empty message tells the client that it is connected, before anything has been said.
    client.stdout().or(client::stderr).orElse(error).write(new byte[0]);
    CommandConnection connection =
        new CommandConnection(
            protocol.command(),
            client,
            wanted.terminal() ? Optional.of(channels.input(RESIZE)) : Optional.empty(),
            error,
            channels::end);
    new CommandSession(settings, connection, channels.gone()).run(command);
  }
}
