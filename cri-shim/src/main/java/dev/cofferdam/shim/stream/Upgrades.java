package dev.cofferdam.shim.stream;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.timeout.IdleStateEvent;
import io.netty.handler.timeout.IdleStateHandler;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** Turns an HTTP connection into what the client asked for, and starts the session on it. */
final class Upgrades {
  private static final String PROTOCOL_VERSION = "X-Stream-Protocol-Version";
  private static final String SPDY = "SPDY/3.1";

  private final StreamSettings settings;
  private final Sessions sessions;
  private final WebSocketUpgrade webSocket;

  Upgrades(StreamSettings settings, Sessions sessions) {
    this.settings = settings;
    this.sessions = sessions;
    this.webSocket = new WebSocketUpgrade(settings, sessions, this);
  }

  /** Answers the request and hands the connection on. On the event loop. */
  void upgrade(ChannelHandlerContext ctx, HttpRequest request, Ticket ticket)
      throws UpgradeRefused {
    HttpHeaders headers = request.headers();
    boolean upgrade =
        headers.containsValue(HttpHeaderNames.CONNECTION, HttpHeaderValues.UPGRADE, true);
    if (upgrade && headers.contains(HttpHeaderNames.UPGRADE, HttpHeaderValues.WEBSOCKET, true)) {
      webSocket.upgrade(ctx, request, ticket);
    } else if (upgrade && headers.contains(HttpHeaderNames.UPGRADE, SPDY, true)) {
      spdy(ctx, request, ticket);
    } else {
      throw new UpgradeRefused(
          HttpResponseStatus.BAD_REQUEST,
          "unable to upgrade: the request asks neither for SPDY/3.1 nor for websocket");
    }
  }

  private void spdy(ChannelHandlerContext ctx, HttpRequest request, Ticket ticket)
      throws UpgradeRefused {
    List<String> offered = commaSeparated(request.headers(), PROTOCOL_VERSION);
    if (offered.isEmpty()) {
      throw new UpgradeRefused(
          HttpResponseStatus.BAD_REQUEST,
          "unable to upgrade: header " + PROTOCOL_VERSION + " is missing or empty");
    }
    switch (ticket) {
      case Ticket.Command command -> {
        CommandProtocol protocol =
            CommandProtocol.overSpdy(offered)
                .orElseThrow(() -> noCommonProtocol(offered, CommandProtocol.spdyNames()));
        switchToSpdy(ctx, protocol.wireName());
        runCommand(ctx.channel(), command, protocol);
      }
      case Ticket.PortForward forward -> {
        if (!offered.contains(SpdyPortForward.PROTOCOL)) {
          throw noCommonProtocol(offered, List.of(SpdyPortForward.PROTOCOL));
        }
        switchToSpdy(ctx, SpdyPortForward.PROTOCOL);
        runPortForward(ctx.channel(), forward, Wire::endOutput);
      }
    }
    ctx.pipeline()
        .remove(HttpServerCodec.class); // Last: it passes on what came behind the request.
  }

  private void switchToSpdy(ChannelHandlerContext ctx, String protocol) {
    FullHttpResponse response =
        new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.SWITCHING_PROTOCOLS);
    response
        .headers()
        .set(HttpHeaderNames.CONNECTION, HttpHeaderValues.UPGRADE)
        .set(HttpHeaderNames.UPGRADE, SPDY)
        .set(PROTOCOL_VERSION, protocol);
    Wire.send(ctx, response);
    leaveHandshake(ctx);
  }

  /** From here on the connection may be silent for longer. */
  void leaveHandshake(ChannelHandlerContext ctx) {
    ChannelPipeline pipeline = ctx.pipeline();
    pipeline.remove(UpgradeHandler.class);
    pipeline.addFirst(new IdleClose(settings.idleTimeout()));
  }

  private void runCommand(Channel channel, Ticket.Command command, CommandProtocol protocol) {
    SpdyCommand streams = new SpdyCommand(protocol, command.wanted());
    SpdySession session = addSpdy(channel, streams, Wire::endOutput);
    channel.closeFuture().addListener(_ -> streams.gone());
    sessions.start(
        command.path(),
        () -> {
          var connection = streams.await(session, settings.streamCreationTimeout());
          if (connection.isPresent()) {
            new CommandSession(settings, connection.get(), Wire.closed(channel)).run(command);
          }
        });
  }

  /** Relays on SPDY streams until the client ends the session. */
  void runPortForward(Channel channel, Ticket.PortForward forward, Consumer<Channel> endOutput) {
    var _ = addSpdy(channel, new SpdyPortForward(forward, settings, sessions::start), endOutput);
  }

  private SpdySession addSpdy(
      Channel channel, SpdySession.Acceptor acceptor, Consumer<Channel> endOutput) {
    SpdySession session = new SpdySession(channel, acceptor, settings, endOutput);
    channel.pipeline().addLast(new BoundedSpdyCodec(), session);
    return session;
  }

  static List<String> commaSeparated(HttpHeaders headers, CharSequence name) {
    return headers.getAll(name).stream()
        .flatMap(value -> Arrays.stream(value.split(",", -1)))
        .map(String::strip)
        .filter(value -> !value.isEmpty())
        .toList();
  }

  static UpgradeRefused noCommonProtocol(List<String> offered, List<String> accepted) {
    return new UpgradeRefused(
        HttpResponseStatus.FORBIDDEN,
        "unable to upgrade: client supports %s, server accepts %s".formatted(offered, accepted),
        accepted);
  }

  /** Ends connections on which nothing moves in either direction. */
  private static final class IdleClose extends IdleStateHandler {
    IdleClose(Duration timeout) {
      super(0, 0, timeout.toNanos(), TimeUnit.NANOSECONDS);
    }

    @Override
    protected void channelIdle(ChannelHandlerContext ctx, IdleStateEvent event) {
      Wire.close(ctx.channel());
    }
  }
}
