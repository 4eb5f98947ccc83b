package dev.cofferdam.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;

/**
 * Where and when, as far as it explains numbers.
 *
 * @param commit of the source tree; with a `+` where it has been changed since
 */
record Machine(
    String date,
    String commit,
    String processor,
    int processors,
    long memoryMib,
    String kernel,
    String loadBefore) {

  static Machine here(String commit) {
    return new Machine(
        Instant.now().truncatedTo(ChronoUnit.SECONDS).toString(),
        commit,
        field("/proc/cpuinfo", "model name", "unknown"),
        Runtime.getRuntime().availableProcessors(),
        Long.parseLong(field("/proc/meminfo", "MemTotal", "0").replace(" kB", "")) / 1024,
        lines("/proc/sys/kernel/osrelease").getFirst(),
        lines("/proc/loadavg").getFirst());
  }

  private static String field(String file, String name, String otherwise) {
    return lines(file).stream()
        .filter(line -> line.startsWith(name))
        .map(line -> line.substring(line.indexOf(':') + 1).strip())
        .findFirst()
        .orElse(otherwise);
  }

  private static List<String> lines(String file) {
    try {
      return Files.readAllLines(Path.of(file), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public String toString() {
    return "%s, commit %s; %s, %d processors, %d MiB, Linux %s, load %s"
        .formatted(date, commit, processor, processors, memoryMib, kernel, loadBefore);
  }
}
