package dev.cofferdam.linux;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.Objects;

/** What comes from a non-blocking descriptor, with or without waiting for it. */
public final class FdInput extends InputStream {
  private final Fd fd;

  FdInput(Fd fd) {
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
      int count = readNow(bytes, offset, length);
      if (count != 0) {
        return count;
      }
      awaitMore();
    }
  }

  /** Waits, without holding up a carrier thread, until {@link #readNow} has something to say. */
  public void awaitMore() throws IOException {
    FdStreams.await(fd, Epoll.IN);
  }

  /**
   * Reads what is there, and does not wait.
   *
   * @return bytes read; 0 when there are none now; -1 at the end
   */
  public int readNow(byte[] bytes, int offset, int length) throws IOException {
    try {
      return fd.read(ByteBuffer.wrap(bytes, offset, length));
    } catch (LinuxException e) {
      if (e.errno() == Errno.EIO) {
        // A terminal's master says so once no process has the slave open.
        return -1;
      }
      throw e;
    }
  }

  @Override
  public void close() {
    fd.close();
  }
}
