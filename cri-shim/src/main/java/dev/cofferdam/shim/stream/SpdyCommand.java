package dev.cofferdam.shim.stream;

import java.io.InputStream;
import java.io.OutputStream;
import java.time.Duration;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Collects the streams that an exec or attach client opens over SPDY. */
final class SpdyCommand implements SpdySession.Acceptor {

  /** Values of the header {@code streamType}. */
  private enum Type {
    STDIN,
    STDOUT,
    STDERR,
    ERROR,
    RESIZE;

    static Optional<Type> of(SpdyStream stream) {
      String name = stream.header("streamType").orElse("");
      return EnumSet.allOf(Type.class).stream()
          .filter(type -> type.name().toLowerCase(Locale.ROOT).equals(name))
          .findFirst();
    }
  }

  private final CommandProtocol protocol;
  private final Set<Type> missing = EnumSet.of(Type.ERROR);

  /** Written on the event loop only, read after {@link #complete}. */
  private final Map<Type, SpdyStream> streams = new EnumMap<>(Type.class);

  private final CountDownLatch complete = new CountDownLatch(1);
  private volatile boolean gone;

  SpdyCommand(CommandProtocol protocol, Ticket.Wanted wanted) {
    this.protocol = protocol;
    expect(wanted.stdin(), Type.STDIN);
    expect(wanted.stdout(), Type.STDOUT);
    expect(wanted.stderr(), Type.STDERR);
    expect(wanted.terminal() && protocol.resizes(), Type.RESIZE);
  }

  private void expect(boolean wanted, Type type) {
    if (wanted) {
      missing.add(type);
    }
  }

  @Override
  public boolean accept(SpdyStream stream) {
    Optional<Type> type = Type.of(stream);
    if (type.isEmpty() || !missing.remove(type.get())) {
      return false;
    }
    streams.put(type.get(), stream);
    if (missing.isEmpty()) {
      complete.countDown();
    }
    return true;
  }

  /** The client's connection has closed. */
  void gone() {
    gone = true;
    complete.countDown();
  }

  /** Waits for all streams; empty if the client does not open them in time. */
  Optional<CommandConnection> await(SpdySession session, Duration timeout)
      throws InterruptedException {
    if (!complete.await(timeout.toNanos(), TimeUnit.NANOSECONDS) || gone) {
      session.end();
      return Optional.empty();
    }
    SpdyStream error = streams.get(Type.ERROR);
    if (error == null) {
      throw new IllegalStateException("complete without an error stream");
    }
    return Optional.of(
        new CommandConnection(
            protocol,
            new ClientStreams(input(Type.STDIN), output(Type.STDOUT), output(Type.STDERR)),
            input(Type.RESIZE),
            error.output(),
            session::end));
  }

  private Optional<InputStream> input(Type type) {
    return Optional.ofNullable(streams.get(type)).map(SpdyStream::input);
  }

  private Optional<OutputStream> output(Type type) {
    return Optional.ofNullable(streams.get(type)).map(SpdyStream::output);
  }
}
