package dev.cofferdam.shim.log;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Brings spools into a log file, each byte once. For each batch: the cursor says what is to be
 * written (on disk), then it is written, and the next batch's cursor says that it was. A batch that
 * was interrupted is made again from the same bytes with the same times, and written over itself.
 *
 * <p>Owned by the pump's thread.
 */
final class LogWriter implements LogSink {
  private final Path path;
  private final Map<LogStream, Spool> spools;
  private final CursorFile cursorFile;
  private final Scratch scratch;
  private Cursor cursor;
  private @Nullable LogFile log;

  private LogWriter(
      Path path,
      Map<LogStream, Spool> spools,
      CursorFile cursorFile,
      Scratch scratch,
      Cursor cursor) {
    this.path = path;
    this.spools = spools;
    this.cursorFile = cursorFile;
    this.scratch = scratch;
    this.cursor = cursor;
  }

  /** Goes on where the cursor says. The log itself is opened by the first {@link #settle}. */
  static LogWriter open(
      Path path, Map<LogStream, Spool> spools, CursorFile cursorFile, Scratch scratch)
      throws IOException {
    Optional<Cursor> found = cursorFile.read();
    Cursor cursor =
        found.isPresent() && fits(found.get(), spools) ? found.get() : beginning(spools);
    return new LogWriter(path, spools, cursorFile, scratch, cursor);
  }

  /**
   * The file of the cursor, or a new one. It may lie under the name of a rotation that a shim
   * before was asked to follow and did not: kubelet then renames it back, over a file that we had
   * begun.
   */
  private LogFile log() throws IOException {
    if (log == null) {
      Optional<LogFile> sameFile = LogFile.find(path, cursor.logInode());
      if (sameFile.isPresent()) {
        log = sameFile.get();
      } else {
        change();
      }
    }
    return Objects.requireNonNull(log);
  }

  /** Whether the spools hold what the cursor counts on. */
  private static boolean fits(Cursor cursor, Map<LogStream, Spool> spools) {
    for (LogStream stream : LogStream.values()) {
      Cursor.Batch batch = cursor.pending();
      long needed = batch != null && batch.stream() == stream ? batch.to() : cursor.done(stream);
      Spool spool = spools.get(stream);
      if (needed > (spool == null ? 0 : spool.size())) {
        return false;
      }
    }
    return true;
  }

  /** Without a cursor: rather a line twice than a line lost. */
  private static Cursor beginning(Map<LogStream, Spool> spools) throws IOException {
    Spool out = spools.get(LogStream.STDOUT);
    Spool err = spools.get(LogStream.STDERR);
    return new Cursor(out == null ? 0 : out.start(), err == null ? 0 : err.start(), -1, 0, 0, null);
  }

  @Override
  public void write(LogStream stream, boolean last) throws IOException {
    settle();
    Spool spool = spools.get(stream);
    while (spool != null && cursor.done(stream) < spool.size()) {
      long from = cursor.done(stream);
      // Never earlier than the record before, whatever the clock does.
      long nanos = Math.max(now(), cursor.lastNanos() + 1);
      scratch.format(spool, from, spool.size(), last, stream, nanos);
      if (scratch.format().consumed() == 0) {
        return;
      }
      cursor = cursor.with(new Cursor.Batch(stream, from + scratch.format().consumed(), nanos));
      note();
      put(Objects.requireNonNull(cursor.pending()));
    }
  }

  @Override
  public void settle() throws IOException {
    var _ = log();
    Cursor.@Nullable Batch batch = cursor.pending();
    if (batch != null) {
      Spool spool = Objects.requireNonNull(spools.get(batch.stream()));
      note();
      long from = cursor.done(batch.stream());
      scratch.format(spool, from, batch.to(), true, batch.stream(), batch.epochNanos());
      put(batch);
    }
  }

  /** Writes what {@link Scratch} holds of a batch. */
  private void put(Cursor.Batch batch) throws IOException {
    LogFile current = log();
    long size = current.size();
    if (size < cursor.logPosition()) {
      // Somebody emptied the file in place: go on at its end, leave no hole.
      cursor = cursor.at(current.inode(), size);
    }
    current.write(scratch.output(), cursor.logPosition());
    cursor =
        cursor.advanced(
            batch.stream(),
            batch.to(),
            cursor.logPosition() + scratch.format().produced(),
            batch.epochNanos() + scratch.format().records() - 1);
  }

  /**
   * Writes the cursor. Only now may the spools give back what it calls done: with the cursor of
   * before, a next shim would want those bytes again.
   */
  private void note() throws IOException {
    cursorFile.write(cursor);
    for (Map.Entry<LogStream, Spool> spool : spools.entrySet()) {
      spool.getValue().release(cursor.done(spool.getKey()));
    }
  }

  @Override
  public void reopen() throws IOException {
    settle();
    change();
  }

  private void change() throws IOException {
    LogFile next = LogFile.open(path);
    try {
      Cursor there = cursor.at(next.inode(), next.size());
      cursorFile.write(there);
      cursor = there;
    } catch (IOException e) {
      next.close();
      throw e;
    }
    closeLog();
    log = next;
  }

  @Override
  public void commit() throws IOException {
    settle();
    note();
    if (!log().path().equals(path)) {
      change(); // nobody asks for it after this, and people look here
    }
  }

  private static long now() {
    Instant now = Instant.now();
    return now.getEpochSecond() * 1_000_000_000L + now.getNano();
  }

  private void closeLog() {
    if (log != null) {
      log.close();
    }
  }

  @Override
  public void close() {
    closeLog();
    cursorFile.close();
    spools.values().forEach(Spool::close);
  }
}
