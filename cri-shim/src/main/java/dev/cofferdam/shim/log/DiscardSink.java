package dev.cofferdam.shim.log;

import java.io.IOException;
import java.util.Map;

/** For a container without a log path: only who is attached sees its output. */
record DiscardSink(Map<LogStream, Spool> spools) implements LogSink {

  @Override
  public void write(LogStream stream, boolean last) throws IOException {
    Spool spool = spools.get(stream);
    if (spool != null) {
      spool.release(spool.size());
    }
  }

  @Override
  public void settle() {}

  @Override
  public void reopen() {}

  @Override
  public void commit() {}

  @Override
  public void close() {
    spools.values().forEach(Spool::close);
  }
}
