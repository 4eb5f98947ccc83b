package dev.cofferdam.shim.log;

import dev.cofferdam.linux.Fd;
import dev.cofferdam.linux.Splice;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;

/**
 * What has left a pipe and is not yet safely in the log: a file on the runtime directory that only
 * ever grows at its end, while the space of what is done is given back at its start. Its size says
 * how much of the stream has come, so nothing else need be written down about it.
 *
 * <p>Owned by the pump's thread.
 */
final class Spool implements AutoCloseable {
  private static final long RELEASE_BYTES = 1 << 20;
  private static final long PAGE = 4096;

  private final Fd file;
  private long size;
  private long released;

  private Spool(Fd file, long size) {
    this.file = file;
    this.size = size;
  }

  static Spool open(Path path) throws IOException {
    Fd file = Fd.open(path, Fd.O_RDWR | Fd.O_CREAT | Fd.O_NOFOLLOW, 0600);
    try {
      return new Spool(file, file.size());
    } catch (IOException e) {
      file.close();
      throw e;
    }
  }

  /** Where the stream ends so far, counted from its very start. */
  long size() {
    return size;
  }

  /** Where what was not given back yet begins, or some bytes before. */
  long start() throws IOException {
    return file.firstData();
  }

  /** Moves bytes from the pipe to the end; 0: it is empty. */
  long fill(Fd pipe, int most) throws IOException {
    long moved = Splice.toFile(pipe, file, size, most);
    size += moved;
    return moved;
  }

  /** Reads from a position up to another, or until the buffer is full. */
  void read(long from, long to, ByteBuffer buffer) throws IOException {
    buffer.limit((int) Math.min(buffer.limit(), buffer.position() + to - from));
    long at = from;
    while (buffer.hasRemaining()) {
      int count = file.read(buffer, at);
      if (count < 0) {
        throw new IOException("spool is shorter than it was: " + at + " of " + to + " bytes");
      }
      at += count;
    }
  }

  /** Gives back the space of what lies before a position, now and then. */
  void release(long upTo) throws IOException {
    long end = upTo / PAGE * PAGE;
    if (end - released >= RELEASE_BYTES) {
      file.punchHole(released, end - released);
      released = end;
    }
  }

  @Override
  public void close() {
    file.close();
  }
}
