package dev.cofferdam.shim.logging;

import com.fasterxml.jackson.core.io.JsonStringEncoder;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.event.Level;

/**
 * One record of the log.
 *
 * @param fields what it is about: {@code pod}, {@code sandbox}, {@code container}, {@code rpc}…
 */
record LogLine(
    Level level,
    String logger,
    String message,
    Map<String, String> fields,
    @Nullable Throwable failure) {
  private static final DateTimeFormatter TIME =
      new DateTimeFormatterBuilder().appendInstant(3).toFormatter();

  /** {@code 2026-01-02T03:04:05.678Z INFO Shim - text [pod=a/b]}, and a stack trace's lines. */
  String text(Instant at) {
    StringBuilder line = new StringBuilder(TIME.format(at));
    line.append(' ').append(level).append(' ').append(shortName()).append(" - ");
    line.append(oneLine(message));
    if (!fields.isEmpty()) {
      String separator = " [";
      for (Map.Entry<String, String> field : fields.entrySet()) {
        line.append(separator).append(field.getKey()).append('=').append(oneLine(field.getValue()));
        separator = " ";
      }
      line.append(']');
    }
    line.append('\n');
    if (failure != null) {
      line.append(stackTrace(failure));
    }
    return line.toString();
  }

  /** One object on one line, whatever is in it. */
  String json(Instant at) {
    StringBuilder line = new StringBuilder("{");
    add(line, "time", TIME.format(at));
    add(line.append(','), "level", level.name());
    add(line.append(','), "logger", shortName());
    add(line.append(','), "message", message);
    fields.forEach((key, value) -> add(line.append(','), key, value));
    if (failure != null) {
      add(line.append(','), "error", failure.toString());
      add(line.append(','), "stack", stackTrace(failure));
    }
    return line.append("}\n").toString();
  }

  private static void add(StringBuilder line, String key, String value) {
    JsonStringEncoder encoder = JsonStringEncoder.getInstance();
    line.append('"').append(encoder.quoteAsString(key)).append("\":\"");
    line.append(encoder.quoteAsString(value)).append('"');
  }

  private String shortName() {
    return logger.substring(logger.lastIndexOf('.') + 1);
  }

  private static String oneLine(String text) {
    return text.indexOf('\n') < 0 && text.indexOf('\r') < 0
        ? text
        : text.replace("\r", "\\r").replace("\n", "\\n");
  }

  private static String stackTrace(Throwable failure) {
    StringWriter trace = new StringWriter();
    failure.printStackTrace(new PrintWriter(trace, true));
    return trace.toString();
  }
}
