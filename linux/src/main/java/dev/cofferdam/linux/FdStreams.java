package dev.cofferdam.linux;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.time.Duration;

/**
 * Blocking streams over a non-blocking descriptor (terminal, pipe, socket) that hold up no carrier
 * thread. Closing either, or the descriptor, ends calls that wait.
 *
 * @param fd owned: closed with the first stream that is closed
 */
public record FdStreams(Fd fd) {
  // A wait that nobody ends is looked at again; closing ends it at once.
  private static final Duration SLICE = Duration.ofMinutes(1);

  public FdInput input() {
    return new FdInput(fd);
  }

  public OutputStream output() {
    return new Output(fd);
  }

  static void await(Fd fd, int events) throws IOException {
    try {
      boolean ready = false;
      while (!ready) {
        ready = fd.await(events, SLICE);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      InterruptedIOException failure = new InterruptedIOException("interrupted at " + fd);
      failure.initCause(e);
      throw failure;
    }
  }

  private static final class Output extends OutputStream {
    private final Fd fd;

    Output(Fd fd) {
      this.fd = fd;
    }

    @Override
    public void write(int b) throws IOException {
      write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
      ByteBuffer buffer = ByteBuffer.wrap(bytes, offset, length);
      while (buffer.hasRemaining()) {
        if (fd.write(buffer) == 0) {
          FdStreams.await(fd, Epoll.OUT);
        }
      }
    }

    @Override
    public void close() {
      fd.close();
    }
  }
}
