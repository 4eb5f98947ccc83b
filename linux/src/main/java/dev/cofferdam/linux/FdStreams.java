package dev.cofferdam.linux;

import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Objects;

/**
 * Blocking streams over a non-blocking descriptor (terminal, pipe, socket) that hold up no carrier
 * thread. Closing either, or the descriptor, ends calls that wait.
 *
 * @param fd owned: closed with the first stream that is closed
 */
public record FdStreams(Fd fd) {
  // A wait that nobody ends is looked at again; closing ends it at once.
  private static final Duration SLICE = Duration.ofMinutes(1);

  public InputStream input() {
    return new Input(fd);
  }

  public OutputStream output() {
    return new Output(fd);
  }

  private static void await(Fd fd, int events) throws IOException {
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

  private static final class Input extends InputStream {
    private final Fd fd;

    Input(Fd fd) {
      this.fd = fd;
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
      Objects.checkFromIndexSize(offset, length, bytes.length);
      if (length == 0) {
        return 0;
      }
      while (true) {
        int count;
        try {
          count = fd.read(ByteBuffer.wrap(bytes, offset, length));
        } catch (LinuxException e) {
          if (e.errno() == Errno.EIO) {
            // A terminal's master says so once no process has the slave open.
            return -1;
          }
          throw e;
        }
        if (count != 0) {
          return count;
        }
        FdStreams.await(fd, Epoll.IN);
      }
    }

    @Override
    public void close() {
      fd.close();
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
