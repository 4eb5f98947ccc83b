package dev.cofferdam.shim.config;

import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.SandboxException;
import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * The settings of one start of the shim: flags before the file, the file before the defaults. A key
 * that nobody knows is an error, because a typing mistake must not silently leave a default.
 * Immutable.
 */
public final class Settings {
  /** Read when no other file is named; it may be missing. */
  public static final Path DEFAULT_FILE = Path.of("/etc/cofferdam/config.properties");

  /** {@code backend.gvisor.runsc=…}: the rest of the key and the value go to that backend. */
  private static final String BACKEND_PREFIX = "backend.";

  private final Map<String, String> values;

  private Settings(Map<String, String> values) {
    this.values = Map.copyOf(values);
  }

  /**
   * Reads a file of Java properties, and puts the flags over it.
   *
   * @param file a file that must exist; none: {@link #DEFAULT_FILE} if that exists
   * @throws SandboxException INVALID_ARGUMENT, naming the file and the key
   */
  public static Settings read(Optional<Path> file, Map<String, String> flags) {
    Map<String, String> values = new HashMap<>();
    readFile(file.orElse(DEFAULT_FILE), file.isPresent())
        .forEach(
            (key, value) -> {
              requireKnown(key, "in " + file.orElse(DEFAULT_FILE));
              values.put(key, value);
            });
    flags.forEach(
        (key, value) -> {
          requireKnown(key, "among the flags");
          values.put(key, value);
        });
    return new Settings(values);
  }

  private static Map<String, String> readFile(Path file, boolean mustExist) {
    Properties properties = new Properties();
    try (Reader reader = Files.newBufferedReader(file)) {
      properties.load(reader);
    } catch (NoSuchFileException e) {
      if (mustExist) {
        throw invalid("the settings file " + file + " does not exist");
      }
    } catch (IOException | IllegalArgumentException e) {
      throw invalid("cannot read the settings file " + file + ": " + e.getMessage());
    }
    Map<String, String> values = new TreeMap<>();
    properties.forEach((key, value) -> values.put(key.toString(), value.toString().strip()));
    return values;
  }

  /**
   * Whether these are keys of settings; not, whether their values are good.
   *
   * @param where for the message
   * @throws SandboxException INVALID_ARGUMENT, naming the key
   */
  public static void requireKnown(Set<String> keys, String where) {
    keys.forEach(key -> requireKnown(key, where));
  }

  private static void requireKnown(String key, String where) {
    boolean ofBackend =
        key.startsWith(BACKEND_PREFIX) && key.indexOf('.', BACKEND_PREFIX.length()) > 0;
    if (!ofBackend && Setting.of(key).isEmpty()) {
      throw invalid(
          "unknown setting '%s' %s; docs/configuration.md has them all".formatted(key, where));
    }
  }

  private static SandboxException invalid(String message) {
    return new SandboxException(ErrorCode.INVALID_ARGUMENT, message);
  }

  /** What was set, by key; not the defaults. */
  public Map<String, String> all() {
    return values;
  }

  public String string(Setting setting) {
    return values.getOrDefault(setting.key(), setting.defaultValue());
  }

  /** Empty when set to nothing. */
  public Optional<String> optional(Setting setting) {
    return Optional.of(string(setting)).filter(value -> !value.isEmpty());
  }

  public Path path(Setting setting) {
    return parsed(setting, "an absolute path", Path::of, Path::isAbsolute);
  }

  /** Folders with colons between them. */
  public List<Path> paths(Setting setting) {
    return parsed(
        setting,
        "absolute paths with ':' between them",
        value -> Arrays.stream(value.split(":")).map(Path::of).toList(),
        paths -> paths.stream().allMatch(Path::isAbsolute));
  }

  /** From 0, which means any, to 65535. */
  public int port(Setting setting) {
    return parsed(setting, "a port", Integer::valueOf, value -> value >= 0 && value <= 0xffff);
  }

  public boolean flag(Setting setting) {
    return parsed(setting, "true or false", value -> value, Set.of("true", "false")::contains)
        .equals("true");
  }

  public long number(Setting setting) {
    return parsed(setting, "a number above 0", Long::valueOf, value -> value > 0);
  }

  /** From 0 to {@code highest}. */
  public long upTo(Setting setting, long highest) {
    return parsed(
        setting,
        "a number from 0 to " + highest,
        Long::valueOf,
        value -> value >= 0 && value <= highest);
  }

  /** ISO 8601, such as PT2S. */
  public Duration duration(Setting setting) {
    return parsed(setting, "a duration such as PT2S", Duration::parse, value -> value.isPositive());
  }

  /** One of an enum's names, in lower case. */
  public <E extends Enum<E>> E choice(Setting setting, Class<E> of) {
    String names =
        Arrays.stream(of.getEnumConstants())
            .map(each -> each.name().toLowerCase(Locale.ROOT))
            .collect(Collectors.joining(", "));
    return parsed(
        setting,
        "one of " + names,
        value -> Enum.valueOf(of, value.toUpperCase(Locale.ROOT)),
        value -> true);
  }

  /** Keys and values of one backend's section, the prefix cut off. */
  public Map<String, Map<String, String>> backends() {
    Map<String, Map<String, String>> sections = new HashMap<>();
    values.forEach(
        (key, value) -> {
          if (key.startsWith(BACKEND_PREFIX)) {
            String rest = key.substring(BACKEND_PREFIX.length());
            int dot = rest.indexOf('.');
            sections
                .computeIfAbsent(rest.substring(0, dot), name -> new HashMap<>())
                .put(rest.substring(dot + 1), value);
          }
        });
    return sections;
  }

  private <T> T parsed(
      Setting setting, String kind, Function<String, T> parser, Predicate<T> allowed) {
    String value = string(setting);
    try {
      T parsed = parser.apply(value);
      if (allowed.test(parsed)) {
        return parsed;
      }
    } catch (IllegalArgumentException | DateTimeException e) {
      // Said below, with the key.
    }
    throw invalid("setting '%s' is '%s', which is not %s".formatted(setting.key(), value, kind));
  }
}
