package dev.cofferdam.chaos;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** Reads a container's log, and what rotation made of it, for lines that are missing or double. */
final class NumberedLines {
  private NumberedLines() {}

  /**
   * Reads the lines of one container, which counts from 1.
   *
   * @param log the log's present name; rotated parts lie beside it under longer names that sort
   * @return how many there are
   * @throws AssertionError where one is not the next
   */
  static long check(Path log) throws IOException {
    long expected = 1;
    for (Path part : parts(log)) {
      try (Stream<String> lines = Files.lines(part)) {
        for (String line : (Iterable<String>) lines::iterator) {
          // CRI's format: time, stream, tag, then what was written. The end of the process may have
          // cut its last line.
          String[] fields = line.split(" ", 4);
          if (fields.length == 4 && fields[1].equals("stderr")) {
            continue; // a runsc that could not start the container says so there
          }
          String wanted = "line %08d".formatted(expected);
          boolean cut = fields.length == 4 && fields[2].equals("P");
          if (fields.length != 4
              || !(cut ? wanted.startsWith(fields[3]) : wanted.equals(fields[3]))) {
            throw new AssertionError(
                "%s: after %d lines comes '%s', not '%s'"
                    .formatted(part, expected - 1, line, wanted));
          }
          expected++;
        }
      }
    }
    return expected - 1;
  }

  /** The oldest first: the number that rotation adds counts up, the present log is the last. */
  private static List<Path> parts(Path log) throws IOException {
    String name = log.getFileName() + ".";
    try (Stream<Path> files = Files.list(log.getParent())) {
      Stream<Path> rotated =
          files.filter(file -> String.valueOf(file.getFileName()).startsWith(name)).sorted();
      return Stream.concat(rotated, Stream.of(log).filter(Files::exists)).toList();
    }
  }
}
