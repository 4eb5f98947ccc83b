package dev.cofferdam.shim.logging;

import java.io.PrintStream;
import java.time.Instant;
import java.util.Map;
import java.util.logging.Handler;
import java.util.logging.LogManager;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.logging.SimpleFormatter;
import org.slf4j.event.Level;

/** How the log of this process is written, and where: to stderr. */
public final class Log {
  private static volatile Level level = Level.INFO;
  private static volatile Format format = Format.TEXT;

  /** How a record looks. */
  public enum Format {
    TEXT,
    JSON
  }

  private Log() {}

  /**
   * From now on. What libraries write through java.util.logging takes the same way.
   *
   * @param least what is less grave is left out
   */
  public static void configure(Format as, Level least) {
    format = as;
    level = least;
    LogManager.getLogManager().reset();
    Logger.getLogger("").addHandler(new FromJavaLogging());
  }

  static Level level() {
    return level;
  }

  static void write(LogLine record) {
    write(record, System.err);
  }

  static void write(LogLine record, PrintStream to) {
    Instant now = Instant.now();
    // One call for one record: lines of two threads never mix.
    to.print(
        switch (format) {
          case TEXT -> record.text(now);
          case JSON -> record.json(now);
        });
  }

  private static final class FromJavaLogging extends Handler {
    private final SimpleFormatter formatter = new SimpleFormatter();

    @Override
    public void publish(LogRecord record) {
      Level as =
          record.getLevel().intValue() >= java.util.logging.Level.SEVERE.intValue()
              ? Level.ERROR
              : record.getLevel().intValue() >= java.util.logging.Level.WARNING.intValue()
                  ? Level.WARN
                  : Level.INFO;
      if (as.toInt() >= level.toInt()) {
        String name = record.getLoggerName() == null ? "" : record.getLoggerName();
        write(new LogLine(as, name, formatter.formatMessage(record), Map.of(), record.getThrown()));
      }
    }

    @Override
    public void flush() {}

    @Override
    public void close() {}
  }
}
