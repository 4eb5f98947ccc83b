package dev.cofferdam.chaos;

import dev.cofferdam.lab.Lab;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.stream.Stream;

/** What the node's programs said, kept beyond the lab. */
final class Evidence {
  private Evidence() {}

  /** One line on what has just been done. */
  static void note(String line) {
    try {
      Path folder = Files.createDirectories(Path.of("target", "chaos"));
      Files.writeString(
          folder.resolve("rounds.log"),
          Instant.now() + " " + line + "\n",
          StandardOpenOption.CREATE,
          StandardOpenOption.APPEND);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Copies the logs to {@code target/chaos}. */
  static void keep(Lab lab) {
    try (Stream<Path> logs = Files.list(lab.directories().logs())) {
      Path folder = Files.createDirectories(Path.of("target", "chaos"));
      for (Path log : (Iterable<Path>) logs::iterator) {
        Files.copy(log, folder.resolve(log.getFileName()), StandardCopyOption.REPLACE_EXISTING);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
