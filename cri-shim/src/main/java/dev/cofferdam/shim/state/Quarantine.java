package dev.cofferdam.shim.state;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Where records go that cannot be read, for a person to look at. */
final class Quarantine {
  private static final Logger LOG = LoggerFactory.getLogger(Quarantine.class);

  private final Path folder;

  Quarantine(Path folder) {
    this.folder = folder;
  }

  void take(Path broken, Exception why) {
    try {
      Files.createDirectories(folder);
      Path free = free(Objects.requireNonNull(broken.getFileName()).toString());
      Files.move(broken, free);
      LOG.error("{} cannot be read ({}); it was moved to {}", broken, reason(why), free);
    } catch (IOException e) {
      LOG.error(
          "{} cannot be read ({}) nor moved to {} ({}); it is ignored",
          broken,
          reason(why),
          folder,
          e.toString());
    }
  }

  private Path free(String name) {
    Path candidate = folder.resolve(name);
    for (int i = 1; Files.exists(candidate); i++) {
      candidate = folder.resolve(name + "." + i);
    }
    return candidate;
  }

  /** One line: a parser's message goes on about where in the text. */
  private static String reason(Exception why) {
    return String.valueOf(why.getMessage()).lines().findFirst().orElse(why.toString());
  }
}
