package dev.cofferdam.gvisor;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;

/** The versions of runsc whose control socket the contract tests have been through. */
final class TestedVersions {
  private static final String LIST = "tested-runsc-versions";

  private TestedVersions() {}

  static Set<String> all() {
    try (InputStream in =
        Objects.requireNonNull(TestedVersions.class.getResourceAsStream(LIST), LIST)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8)
          .lines()
          .map(String::strip)
          .filter(line -> !line.isEmpty() && !line.startsWith("#"))
          .collect(Collectors.toUnmodifiableSet());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
