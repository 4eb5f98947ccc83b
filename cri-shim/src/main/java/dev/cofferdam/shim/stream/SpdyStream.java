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

/** One stream that a client opened on a {@link SpdySession}. Usable on any thread. */
final class SpdyStream {
  private static final int CHUNK_BYTES = 32 * 1024;

  private final SpdySession session;
  private final int id;
  private final SpdyHeaders headers;
  private final InboundStream input;
  private final SendWindows.StreamWindow window;
  private final OutputStream output = new Output();
  private final CompletableFuture<Void> gone = new CompletableFuture<>();

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

  /** Completes when both halves are ended, by whomever, or the connection is lost. */
  CompletionStage<?> gone() {
    return gone;
  }

  /** Nothing comes any more and nothing can be sent. On the event loop only. */
  void dead() {
    remoteDone = true;
    input.end();
    window.die();
    gone.complete(null);
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
