package dev.cofferdam.chaos;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** The log folders of pods, which are kubelet's to remove. */
final class PodLogs {
  /** A container's log; rotation adds a dot and a number. */
  private static final Pattern LOG = Pattern.compile("(\\d+-\\d+\\.log).*");

  private final Operations operations;

  PodLogs(Operations operations) {
    this.operations = operations;
  }

  /** The number of lines of all the pod's containers, of which none is missing and none double. */
  long check(ChaosPod pod) throws IOException {
    Path folder = operations.logs(pod);
    SortedSet<String> logs = new TreeSet<>();
    if (Files.isDirectory(folder)) {
      try (Stream<Path> files = Files.list(folder)) {
        files
            .map(file -> LOG.matcher(file.getFileName().toString()))
            .filter(Matcher::matches)
            .forEach(match -> logs.add(match.group(1)));
      }
    }
    long lines = 0;
    for (String log : logs) {
      lines += NumberedLines.check(folder.resolve(log));
    }
    return lines;
  }

  void delete(ChaosPod pod) throws IOException {
    Path folder = operations.logs(pod);
    if (Files.isDirectory(folder)) {
      try (Stream<Path> files = Files.walk(folder)) {
        for (Path file : (Iterable<Path>) files.sorted(Comparator.reverseOrder())::iterator) {
          Files.delete(file);
        }
      }
    }
  }
}
