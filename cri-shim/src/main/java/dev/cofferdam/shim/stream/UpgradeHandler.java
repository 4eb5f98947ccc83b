package dev.cofferdam.shim.stream;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.codec.http.QueryStringDecoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The one HTTP request of a connection: {@code /exec/TOKEN}, {@code /attach/TOKEN} or {@code
 * /portforward/TOKEN}, which asks to go on as SPDY or WebSocket. A token is used up by being named,
 * whatever comes of it.
 */
final class UpgradeHandler extends SimpleChannelInboundHandler<HttpObject> {
  private final Tokens tokens;
  private final Upgrades upgrades;
  private final Handshakes handshakes;
  private final BooleanSupplier full;
  private final Duration timeout;
  private @Nullable HttpRequest request;
  private @Nullable Future<?> deadline;

  /**
   * @param full whether there are as many sessions as there may be
   * @param settings whose time is for all of the request, however slowly it trickles in
   */
  UpgradeHandler(
      Tokens tokens,
      Upgrades upgrades,
      Handshakes handshakes,
      BooleanSupplier full,
      StreamSettings settings) {
    this.tokens = tokens;
    this.upgrades = upgrades;
    this.handshakes = handshakes;
    this.full = full;
    this.timeout = settings.handshakeTimeout();
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    handshakes.begun(ctx.channel());
    deadline =
        ctx.executor()
            .schedule(() -> Wire.close(ctx.channel()), timeout.toNanos(), TimeUnit.NANOSECONDS);
  }

  @Override
  public void handlerRemoved(ChannelHandlerContext ctx) {
    handshakes.ended(ctx.channel());
    if (deadline != null) {
      deadline.cancel(false);
    }
  }

  @Override
  protected void channelRead0(ChannelHandlerContext ctx, HttpObject part) {
    if (part.decoderResult().isFailure()) {
      refuse(ctx, HttpResponseStatus.BAD_REQUEST, "no HTTP/1.1 request, or too long a one");
      return;
    }
    if (part instanceof HttpRequest head) {
      request = head;
    }
    if (part instanceof HttpContent body && body.content().isReadable()) {
      refuse(ctx, HttpResponseStatus.BAD_REQUEST, "a streaming request has no body");
    } else if (part instanceof LastHttpContent && request != null) {
      HttpRequest complete = request;
      request = null;
      answer(ctx, complete);
    }
  }

  private void answer(ChannelHandlerContext ctx, HttpRequest head) {
    if (!head.method().equals(HttpMethod.GET) && !head.method().equals(HttpMethod.POST)) {
      refuse(ctx, HttpResponseStatus.METHOD_NOT_ALLOWED, "GET or POST only");
      return;
    }
    if (full.getAsBoolean()) {
      refuse(
          ctx,
          HttpResponseStatus.SERVICE_UNAVAILABLE,
          "too many sessions are open on this node; end some, or try again later");
      return;
    }
    Optional<Ticket> ticket = ticket(head.uri());
    if (ticket.isEmpty()) {
      refuse(
          ctx,
          HttpResponseStatus.NOT_FOUND,
          "no such stream: its URL was used already, or is older than a minute");
      return;
    }
    try {
      upgrades.upgrade(ctx, head, ticket.get());
    } catch (UpgradeRefused e) {
      refuse(ctx, e.status(), e.getMessage(), e.accepted());
    }
  }

  private Optional<Ticket> ticket(String uri) {
    String[] parts = new QueryStringDecoder(uri).rawPath().split("/", -1);
    return parts.length == 3 && parts[0].isEmpty()
        ? tokens.redeem(parts[1], parts[2])
        : Optional.empty();
  }

  private static void refuse(ChannelHandlerContext ctx, HttpResponseStatus status, String message) {
    refuse(ctx, status, message, List.of());
  }

  private static void refuse(
      ChannelHandlerContext ctx,
      HttpResponseStatus status,
      @Nullable String message,
      List<String> accepted) {
    FullHttpResponse response =
        new DefaultFullHttpResponse(
            HttpVersion.HTTP_1_1,
            status,
            Unpooled.copiedBuffer(message + "\n", StandardCharsets.UTF_8));
    response
        .headers()
        .set(HttpHeaderNames.CONTENT_TYPE, "text/plain; charset=utf-8")
        .set(HttpHeaderNames.CONTENT_LENGTH, response.content().readableBytes())
        .set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE)
        .set("X-Accepted-Stream-Protocol-Versions", accepted);
    ctx.writeAndFlush(response).addListener(ChannelFutureListener.CLOSE);
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    Wire.close(ctx.channel());
  }
}
