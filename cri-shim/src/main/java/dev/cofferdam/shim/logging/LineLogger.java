package dev.cofferdam.shim.logging;

import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.MDC;
import org.slf4j.Marker;
import org.slf4j.event.KeyValuePair;
import org.slf4j.event.Level;
import org.slf4j.event.LoggingEvent;
import org.slf4j.helpers.LegacyAbstractLogger;
import org.slf4j.helpers.MessageFormatter;
import org.slf4j.spi.LoggingEventAware;

/** Writes what is at least as grave as {@link Log#level}. */
final class LineLogger extends LegacyAbstractLogger implements LoggingEventAware {
  private static final long serialVersionUID = 1L;

  /** It warns that a Unix socket has no SO_KEEPALIVE, which grpc-java asks for. */
  private static final String CHATTY = "io.netty.bootstrap.";

  LineLogger(String name) {
    this.name = name;
  }

  private boolean writes(Level level) {
    Level least = name.startsWith(CHATTY) ? Level.ERROR : Log.level();
    return level.toInt() >= least.toInt();
  }

  @Override
  protected void handleNormalizedLoggingCall(
      Level level,
      @Nullable Marker marker,
      @Nullable String pattern,
      Object @Nullable [] arguments,
      @Nullable Throwable failure) {
    write(level, pattern, arguments, failure, fields());
  }

  @Override
  public void log(LoggingEvent event) {
    Map<String, String> fields = fields();
    if (event.getKeyValuePairs() != null) {
      for (KeyValuePair pair : event.getKeyValuePairs()) {
        fields.put(pair.key, String.valueOf(pair.value));
      }
    }
    write(
        event.getLevel(),
        event.getMessage(),
        event.getArgumentArray(),
        event.getThrowable(),
        fields);
  }

  private void write(
      Level level,
      @Nullable String pattern,
      Object @Nullable [] arguments,
      @Nullable Throwable failure,
      Map<String, String> fields) {
    String message = MessageFormatter.basicArrayFormat(pattern, arguments);
    Log.write(new LogLine(level, name, String.valueOf(message), fields, failure));
  }

  private static Map<String, String> fields() {
    Map<String, String> fields = MDC.getCopyOfContextMap();
    return fields == null || fields.isEmpty() ? new TreeMap<>() : fields;
  }

  @Override
  protected @Nullable String getFullyQualifiedCallerName() {
    return null;
  }

  @Override
  public boolean isTraceEnabled() {
    return writes(Level.TRACE);
  }

  @Override
  public boolean isDebugEnabled() {
    return writes(Level.DEBUG);
  }

  @Override
  public boolean isInfoEnabled() {
    return writes(Level.INFO);
  }

  @Override
  public boolean isWarnEnabled() {
    return writes(Level.WARN);
  }

  @Override
  public boolean isErrorEnabled() {
    return writes(Level.ERROR);
  }
}
