package dev.cofferdam.shim.stream;

import io.netty.buffer.Unpooled;
import io.netty.handler.codec.spdy.DefaultSpdyDataFrame;
import io.netty.handler.codec.spdy.SpdyDataFrame;
import io.netty.handler.codec.spdy.SpdyHeaders;
import io.netty.util.concurrent.EventExecutor;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;

/** One stream that a client opened on a {@link SpdySession}. Usable on any thread. */
final class SpdyStream {
  private static final int CHUNK_BYTES = 32 * 1024;
  private static final long DELIVERY_SECONDS = 30;

  private final SpdySession session;
  private final int id;
  private final SpdyHeaders headers;
  private final InboundStream input;
  private final SendWindows.StreamWindow window;
  private final OutputStream output = new Output();
  private final CompletableFuture<Void> gone = new CompletableFuture<>();
  private final CompletableFuture<Void> over = new CompletableFuture<>();

  /** Taken by the reader, but the client's window not yet opened by as much. Event loop only. */
  int unreturnedBytes;

  /** Our half is ended. On the event loop only. */
  boolean localDone;

  /** The client's half is ended. On the event loop only. */
  boolean remoteDone;

  SpdyStream(SpdySession session, int id, SpdyHeaders headers, SendWindows.StreamWindow window) {
    this.session = session;
    this.id = id;
    this.headers = headers;
    this.window = window;
    this.input = new InboundStream(bytes -> session.taken(id, bytes));
  }

  int id() {
    return id;
  }

  /** Names are compared without regard to case. */
  Optional<String> header(String name) {
    return Optional.ofNullable(headers.getAsString(name));
  }

  InboundStream input() {
    return input;
  }

  /** Its {@code close} ends our half of the stream. */
  OutputStream output() {
    return output;
  }

  SendWindows.StreamWindow window() {
    return window;
  }

  /**
   * Completes when the stream was broken off, by a reset or with its connection: whoever still
   * works for it may stop. Not when both sides have ended it, for what came before that is to be
   * delivered yet.
   */
  CompletionStage<?> gone() {
    return gone;
  }

  /** Completes when the stream has come to its end, in whatever way. */
  CompletionStage<?> over() {
    return over;
  }

  /** Nothing comes any more and nothing can be sent. On the event loop only. */
  void dead() {
    remoteDone = true;
    input.end();
    window.die();
    over.complete(null);
    gone.complete(null);
  }

  /**
   * Both sides have ended it. What waits to be read is delivered, also when the connection goes,
   * but not for ever. On the event loop only.
   */
  void ended() {
    window.die();
    over.complete(null);
    Wire.closed(session.context().channel())
        .thenRunAsync(
            () -> gone.complete(null),
            CompletableFuture.delayedExecutor(DELIVERY_SECONDS, TimeUnit.SECONDS));
  }

  /** The event loop of its connection. */
  EventExecutor executor() {
    return session.context().executor();
  }

  /** Ends both halves; what the client has not read yet may be lost. */
  void reset() {
    session.reset(this);
  }

  private final class Output extends OutputStream {
    @Override
    public void write(int oneByte) throws IOException {
      write(new byte[] {(byte) oneByte}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
      int sent = 0;
      while (sent < length) {
        int count = window.take(Math.min(CHUNK_BYTES, length - sent));
        SpdyDataFrame frame =
            new DefaultSpdyDataFrame(id, Unpooled.copiedBuffer(bytes, offset + sent, count));
        Wire.sendAndWait(session.context(), frame);
        sent += count;
      }
    }

    @Override
    public void close() {
      session.finish(SpdyStream.this);
    }
  }
}
