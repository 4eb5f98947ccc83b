package dev.cofferdam.shim.log;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** A log file as a test looks at it. */
final class LogLines {
  private LogLines() {}

  /** What stands after the time: stream, tag and text of each record. */
  static List<String> of(Path log) {
    try {
      return Files.readAllLines(log).stream().map(l -> l.substring(31)).toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
