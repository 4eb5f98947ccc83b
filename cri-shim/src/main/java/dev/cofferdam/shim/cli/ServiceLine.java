package dev.cofferdam.shim.cli;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * The command line of the service. Read without picocli, whose classes are in a format too old for
 * the class archive: they would take memory for as long as the service runs.
 *
 * @param config the file with settings; empty: the usual one, if it exists
 * @param settings over what the file says
 * @param takeOver whether to start in place of the shim that runs
 */
record ServiceLine(Optional<Path> config, Map<String, String> settings, boolean takeOver) {
  static final String COMMAND = "shim";

  ServiceLine {
    settings = Map.copyOf(settings);
  }

  /** Understands a plain line; empty: it is for picocli, which can also complain and explain. */
  static Optional<ServiceLine> of(String... arguments) {
    Iterator<String> words = Arrays.asList(arguments).iterator();
    if (!words.hasNext() || !words.next().equals(COMMAND)) {
      return Optional.empty();
    }
    Optional<Path> config = Optional.empty();
    Map<String, String> settings = new LinkedHashMap<>();
    boolean takeOver = false;
    while (words.hasNext()) {
      String word = words.next();
      String value = value(word, words);
      switch (word) {
        case "--take-over" -> takeOver = true;
        case "--set" -> {
          int equals = value.indexOf('=');
          if (equals <= 0) {
            return Optional.empty();
          }
          settings.put(value.substring(0, equals), value.substring(equals + 1));
        }
        case "--config" -> {
          if (value.isEmpty() || config.isPresent()) {
            return Optional.empty();
          }
          try {
            config = Optional.of(Path.of(value));
          } catch (InvalidPathException e) {
            return Optional.empty();
          }
        }
        default -> {
          return Optional.empty();
        }
      }
    }
    return Optional.of(new ServiceLine(config, settings, takeOver));
  }

  private static String value(String option, Iterator<String> words) {
    boolean hasValue = option.equals("--set") || option.equals("--config");
    return hasValue && words.hasNext() ? words.next() : "";
  }
}
