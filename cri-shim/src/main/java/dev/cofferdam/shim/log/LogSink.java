package dev.cofferdam.shim.log;

import java.io.IOException;

/** Where a container's output ends up. Owned by the pump's thread. */
sealed interface LogSink extends AutoCloseable permits LogWriter, DiscardSink {

  /**
   * Takes what the spool holds of a stream, as far as it is complete lines. A failure leaves
   * nothing half done that {@link #settle} could not finish.
   *
   * @param last whether nothing can follow, so that the rest is taken too
   */
  void write(LogStream stream, boolean last) throws IOException;

  /** Finishes what a failure or a crash interrupted. */
  void settle() throws IOException;

  /** Goes on in a new file at the same path. */
  void reopen() throws IOException;

  /** Writes down that all is done. */
  void commit() throws IOException;

  @Override
  void close();
}
