package dev.cofferdam.shim.log;

import dev.cofferdam.linux.Fd;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Optional;

/**
 * A {@link Cursor} on the runtime directory. One write of less than a page, which a kill cannot
 * split; a crash of the machine ends the containers and empties that directory anyway.
 */
final class CursorFile implements AutoCloseable {
  private final Fd file;
  private final ByteBuffer buffer = ByteBuffer.allocateDirect(Cursor.BYTES);

  private CursorFile(Fd file) {
    this.file = file;
  }

  static CursorFile open(Path path) throws IOException {
    return new CursorFile(Fd.open(path, Fd.O_RDWR | Fd.O_CREAT | Fd.O_NOFOLLOW, 0600));
  }

  /** What was written last; empty when nothing was, or when it is damaged. */
  Optional<Cursor> read() throws IOException {
    buffer.clear();
    file.read(buffer, 0);
    return Cursor.decode(buffer.flip());
  }

  void write(Cursor cursor) throws IOException {
    cursor.encode(buffer);
    file.write(buffer, 0);
    if (buffer.hasRemaining()) {
      throw new IOException("the log's cursor was written in part only");
    }
  }

  @Override
  public void close() {
    file.close();
  }
}
