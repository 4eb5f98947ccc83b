package dev.cofferdam.shim.stream;

import dev.cofferdam.cri.v1.AttachRequest;
import dev.cofferdam.cri.v1.ExecRequest;
import dev.cofferdam.cri.v1.PortForwardRequest;
import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.SandboxException;
import dev.cofferdam.shim.metrics.Gauge;
import dev.cofferdam.shim.metrics.MetricSource;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.GlobalEventExecutor;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Serves exec, attach and port-forward on a port of its own. The RPCs of the same names answer with
 * a URL from here; kubelet (or crictl) goes there, once, within a minute. Thread-safe.
 */
public final class StreamingServer implements AutoCloseable {
  private static final int REQUEST_LINE_BYTES = 4 * 1024;
  private static final int REQUEST_HEADER_BYTES = 16 * 1024;
  private static final int REQUEST_CHUNK_BYTES = 8 * 1024;
  private static final Duration TOKENS_LOOK = Duration.ofMillis(200);
  private static final Duration ON_THEIR_WAY_LOOK = Duration.ofMillis(20);
  private static final Duration URLS_ON_THEIR_WAY = Duration.ofSeconds(2);
  private static final Duration LAST_WAIT = Duration.ofSeconds(2);

  private final StreamSettings settings;
  private final Tokens tokens;
  private final Sessions sessions = new Sessions();
  private final Upgrades upgrades;
  private final Handshakes handshakes;
  private final ChannelGroup connections = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE);
  private volatile @Nullable Listener listener;

  private record Listener(EventLoopGroup loop, Channel channel, URI base) {}

  public StreamingServer(StreamSettings settings) {
    this.settings = settings;
    this.tokens = new Tokens(settings.tokenLife(), settings.outstandingTokens(), System::nanoTime);
    this.upgrades = new Upgrades(settings, sessions);
    this.handshakes = new Handshakes(settings.handshakes());
  }

  /**
   * Begins to listen.
   *
   * @throws IOException if the port is taken
   */
  public synchronized void start() throws IOException {
    if (listener != null) {
      throw new IllegalStateException("the streaming server runs already");
    }
    EventLoopGroup loop =
        new MultiThreadIoEventLoopGroup(
            1, new DefaultThreadFactory("streaming", true), NioIoHandler.newFactory());
    ServerBootstrap bootstrap =
        new ServerBootstrap()
            .group(loop)
            .channel(NioServerSocketChannel.class)
            .childHandler(new Connection());
    InetSocketAddress address = new InetSocketAddress(settings.address(), settings.port());
    var bound = bootstrap.bind(address).awaitUninterruptibly();
    if (!bound.isSuccess()) {
      var _ = loop.shutdownGracefully(0, 0, TimeUnit.SECONDS);
      throw new IOException(
          "listening for exec, attach and port-forward on " + address, bound.cause());
    }
    InetSocketAddress local = (InetSocketAddress) bound.channel().localAddress();
    listener = new Listener(loop, bound.channel(), base(local));
  }

  /** Numbers about sessions. */
  public MetricSource metrics() {
    return MetricSource.of(
        new Gauge(
            "cofferdam_streaming_connections",
            "Connections for exec, attach and port-forward.",
            connections::size),
        new Gauge(
            "cofferdam_streaming_tokens",
            "URLs that were given out and not used yet.",
            tokens::outstanding));
  }

  private static URI base(InetSocketAddress local) {
    String host = local.getAddress().getHostAddress();
    String bracketed = host.contains(":") ? "[" + host + "]" : host;
    return URI.create("http://%s:%d/".formatted(bracketed, local.getPort()));
  }

  /**
   * A URL for one exec session.
   *
   * @throws SandboxException INVALID_ARGUMENT, RESOURCE_EXHAUSTED, or UNAVAILABLE when not running
   */
  public URI exec(ExecRequest request, ExecTarget target) {
    Ticket.Wanted wanted =
        new Ticket.Wanted(
            request.getStdin(), request.getStdout(), request.getStderr(), request.getTty());
    requirePossible("exec", request.getContainerId(), wanted);
    return url(new Ticket.Exec(wanted, target));
  }

  /**
   * A URL for one attach session.
   *
   * @throws SandboxException as for {@link #exec}
   */
  public URI attach(AttachRequest request, AttachTarget target) {
    Ticket.Wanted wanted =
        new Ticket.Wanted(
            request.getStdin(), request.getStdout(), request.getStderr(), request.getTty());
    requirePossible("attach", request.getContainerId(), wanted);
    return url(new Ticket.Attach(wanted, target));
  }

  /**
   * A URL for one port-forward session, which may carry many connections.
   *
   * @throws SandboxException as for {@link #exec}
   */
  public URI portForward(PortForwardRequest request, PortForwardTarget target) {
    if (request.getPodSandboxId().isEmpty()) {
      throw invalid("port-forward: the request names no pod sandbox");
    }
    return url(new Ticket.PortForward(request.getPodSandboxId(), request.getPortList(), target));
  }

  private static void requirePossible(String call, String containerId, Ticket.Wanted wanted) {
    if (containerId.isEmpty()) {
      throw invalid(call + ": the request names no container");
    }
    if (wanted.terminal() && wanted.stderr()) {
      throw invalid(call + ": tty and stderr cannot both be true, a terminal has one output");
    }
    if (!wanted.stdin() && !wanted.stdout() && !wanted.stderr()) {
      throw invalid(call + ": one of stdin, stdout or stderr must be true");
    }
  }

  private static SandboxException invalid(String message) {
    return new SandboxException(ErrorCode.INVALID_ARGUMENT, message);
  }

  private URI url(Ticket ticket) {
    Listener current = listener;
    if (current == null) {
      throw new SandboxException(
          ErrorCode.UNAVAILABLE, ticket.path() + ": the streaming server is not running");
    }
    return current.base().resolve(ticket.path() + "/" + tokens.issue(ticket));
  }

  /**
   * Before another process is to listen on the same port: gives up a port that is set. URLs given
   * out just now are waited for, since kubelet uses them at once; those not used by then are lost.
   * On a port that was free by chance all remain good.
   */
  public void makeRoom() {
    Listener current = listener;
    if (current != null && settings.port() != 0) {
      try {
        awaitUsed(System.nanoTime() + URLS_ON_THEIR_WAY.toNanos(), ON_THEIR_WAY_LOOK);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
      current.channel().close().awaitUninterruptibly();
    }
  }

  private void awaitUsed(long end, Duration look) throws InterruptedException {
    while (tokens.outstanding() > 0 && end - System.nanoTime() > 0) {
      Thread.sleep(look);
    }
  }

  /** Waits until all URLs are used or expired and all sessions have ended; false: not in time. */
  public boolean awaitDrained(Duration timeout) throws InterruptedException {
    long end = System.nanoTime() + timeout.toNanos();
    awaitUsed(end, TOKENS_LOOK);
    return sessions.await(Duration.ofNanos(Math.max(0, end - System.nanoTime())));
  }

  /** Listens no more, lets sessions end for a while, then breaks off those that remain. */
  @Override
  public void close() {
    Listener current;
    synchronized (this) {
      current = listener;
      listener = null;
    }
    if (current == null) {
      return;
    }
    current.channel().close().awaitUninterruptibly();
    try {
      if (!sessions.await(settings.drainTimeout())) {
        connections.close().awaitUninterruptibly();
        sessions.interrupt();
        sessions.await(LAST_WAIT);
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
    connections.close().awaitUninterruptibly();
    current
        .loop()
        .shutdownGracefully(0, LAST_WAIT.toMillis(), TimeUnit.MILLISECONDS)
        .awaitUninterruptibly(LAST_WAIT.toMillis());
  }

  /** What a new connection can do: one HTTP request, soon. */
  private final class Connection extends ChannelInitializer<SocketChannel> {
    /** Those without a session do not count: they give way. */
    private boolean full() {
      return connections.size() - handshakes.count() >= settings.connections();
    }

    @Override
    protected void initChannel(SocketChannel channel) {
      connections.add(channel);
      channel
          .pipeline()
          .addLast(
              new HttpServerCodec(REQUEST_LINE_BYTES, REQUEST_HEADER_BYTES, REQUEST_CHUNK_BYTES),
              new UpgradeHandler(tokens, upgrades, handshakes, this::full, settings));
    }
  }
}
