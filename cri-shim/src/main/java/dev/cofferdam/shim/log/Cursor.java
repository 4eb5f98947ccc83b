package dev.cofferdam.shim.log;

import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.zip.CRC32;
import org.jspecify.annotations.Nullable;

/**
 * How far a container's log has come: what is surely in the log, and the batch being written. It is
 * on disk before the batch is in the log, so that after a crash the same batch can be written over
 * itself.
 *
 * @param stdoutDone bytes of the stream that are surely in the log
 * @param stderrDone the same of the other stream
 * @param logInode which file the log was, as kubelet renames it when it rotates
 * @param logPosition where that file's sure part ends
 * @param lastNanos time of the last record that is surely in the log
 * @param pending what may be in the log in part or as a whole
 */
record Cursor(
    long stdoutDone,
    long stderrDone,
    long logInode,
    long logPosition,
    long lastNanos,
    @Nullable Batch pending) {

  /**
   * Bytes of one stream, from where that is done up to a position, and the time of their first
   * record.
   */
  record Batch(LogStream stream, long to, long epochNanos) {}

  static final int BYTES = 80;
  private static final long NONE = 0;
  private static final long STDOUT = 1;
  private static final long STDERR = 2;
  private static final long VERSION = 0x636f_6666_6c6f_6731L;

  long done(LogStream stream) {
    return stream == LogStream.STDOUT ? stdoutDone : stderrDone;
  }

  Cursor with(@Nullable Batch batch) {
    return new Cursor(stdoutDone, stderrDone, logInode, logPosition, lastNanos, batch);
  }

  Cursor at(long inode, long position) {
    return new Cursor(stdoutDone, stderrDone, inode, position, lastNanos, pending);
  }

  /** After a batch is in the log. */
  Cursor advanced(LogStream stream, long to, long logPosition, long lastNanos) {
    boolean out = stream == LogStream.STDOUT;
    return new Cursor(
        out ? to : stdoutDone, out ? stderrDone : to, logInode, logPosition, lastNanos, null);
  }

  /** Writes all of it into a buffer of {@link #BYTES}. */
  void encode(ByteBuffer buffer) {
    buffer.clear();
    buffer.putLong(VERSION).putLong(stdoutDone).putLong(stderrDone);
    buffer.putLong(logInode).putLong(logPosition).putLong(lastNanos);
    buffer.putLong(pending == null ? NONE : number(pending.stream()));
    buffer.putLong(pending == null ? 0 : pending.to());
    buffer.putLong(pending == null ? 0 : pending.epochNanos());
    buffer.putLong(checksum(buffer));
    buffer.flip();
  }

  /** Empty when it is none of ours, or damaged. */
  static Optional<Cursor> decode(ByteBuffer buffer) {
    if (buffer.remaining() != BYTES
        || buffer.getLong(0) != VERSION
        || buffer.getLong(BYTES - Long.BYTES) != checksum(buffer)) {
      return Optional.empty();
    }
    long number = buffer.getLong(48);
    LogStream stream = number == STDERR ? LogStream.STDERR : LogStream.STDOUT;
    Batch batch = number == NONE ? null : new Batch(stream, buffer.getLong(56), buffer.getLong(64));
    return Optional.of(
        new Cursor(
            buffer.getLong(8),
            buffer.getLong(16),
            buffer.getLong(24),
            buffer.getLong(32),
            buffer.getLong(40),
            batch));
  }

  private static long number(LogStream stream) {
    return switch (stream) {
      case STDOUT -> STDOUT;
      case STDERR -> STDERR;
    };
  }

  private static long checksum(ByteBuffer buffer) {
    CRC32 crc = new CRC32();
    crc.update(buffer.duplicate().clear().limit(BYTES - Long.BYTES));
    return crc.getValue();
  }
}
