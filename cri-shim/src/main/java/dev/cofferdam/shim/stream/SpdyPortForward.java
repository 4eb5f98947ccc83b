package dev.cofferdam.shim.stream;

import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Port-forward over SPDY: for each connection the client opens a data stream and an error stream
 * with the same {@code requestID}. All of it runs on the event loop, but for the relays.
 */
final class SpdyPortForward implements SpdySession.Acceptor {
  static final String PROTOCOL = "portforward.k8s.io";
  private static final int MAX_PORT = 0xffff;

  /** Two streams, of which the first waits for the second. */
  private static final class Pair {
    @Nullable SpdyStream data;
    @Nullable SpdyStream error;
  }

  private final Ticket.PortForward forward;
  private final Duration pairTimeout;
  private final BiConsumer<String, Sessions.Body> start;
  private final int mostRelays;
  private final Map<String, Pair> waiting = new HashMap<>();

  /** A stream that is reset while the pod is being connected with is gone, its relay is not yet. */
  private final AtomicInteger relays = new AtomicInteger();

  /**
   * @param start runs a relay on a thread of its own
   */
  SpdyPortForward(
      Ticket.PortForward forward,
      StreamSettings settings,
      BiConsumer<String, Sessions.Body> start) {
    this.forward = forward;
    this.pairTimeout = settings.streamCreationTimeout();
    this.mostRelays = settings.streams();
    this.start = start;
  }

  @Override
  public boolean accept(SpdyStream stream) {
    Optional<Integer> port = port(stream);
    String type = stream.header("streamType").orElse("");
    boolean data = type.equals("data");
    if (port.isEmpty() || (!data && !type.equals("error")) || relays.get() >= mostRelays) {
      return false;
    }
    String request = requestId(stream, data);
    Pair pair = waiting.get(request);
    if (pair == null) {
      pair = new Pair();
      waiting.put(request, pair);
      expire(stream, request, pair);
    }
    if ((data ? pair.data : pair.error) != null) {
      return false;
    }
    if (data) {
      pair.data = stream;
    } else {
      pair.error = stream;
    }
    relayIfComplete(request, pair, port.get());
    return true;
  }

  private void relayIfComplete(String request, Pair pair, int port) {
    SpdyStream data = pair.data;
    SpdyStream error = pair.error;
    if (data == null || error == null) {
      return;
    }
    waiting.remove(request);
    relays.incrementAndGet();
    start.accept("port-forward-" + port, () -> relay(data, error, port));
  }

  private void relay(SpdyStream data, SpdyStream error, int port)
      throws InterruptedException, IOException {
    try {
      relayToTheEnd(data, error, port);
    } finally {
      relays.decrementAndGet();
    }
  }

  private void relayToTheEnd(SpdyStream data, SpdyStream error, int port)
      throws InterruptedException, IOException {
    PortRelay.End end =
        new PortRelay(forward, port).run(data.input(), data.output(), error.output(), data.gone());
    error.output().close();
    data.input().close();
    if (end == PortRelay.End.FAILED) {
      data.reset();
    } else {
      data.output().close();
    }
  }

  private void expire(SpdyStream first, String request, Pair pair) {
    var timeout =
        first
            .executor()
            .schedule(
                () -> {
                  if (waiting.remove(request, pair)) {
                    first.reset();
                  }
                },
                pairTimeout.toNanos(),
                TimeUnit.NANOSECONDS);
    // A client may take it back, and again and again.
    first
        .over()
        .thenRun(
            () -> {
              waiting.remove(request, pair);
              timeout.cancel(false);
            });
  }

  private static Optional<Integer> port(SpdyStream stream) {
    try {
      return stream
          .header("port")
          .map(Integer::valueOf)
          .filter(port -> port > 0 && port <= MAX_PORT);
    } catch (NumberFormatException _) {
      return Optional.empty();
    }
  }

  /**
   * Old clients send no request ID, but open the error stream just before its data stream (as
   * k8s.io/cri-streaming has it).
   */
  private static String requestId(SpdyStream stream, boolean data) {
    return stream
        .header("requestID")
        .orElseGet(() -> Integer.toString(data ? stream.id() - 2 : stream.id()));
  }
}
