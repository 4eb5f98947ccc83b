package dev.cofferdam.microvm.qemu;

import dev.cofferdam.microvm.Failures;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The frequency of the host's time-stamp counter. An emulated processor counts at the host's rate,
 * and a guest left to find the rate out by itself mostly fails, for its timers are late.
 */
final class HostClock {
  private static final Path CPUS = Path.of("/proc/cpuinfo");
  private static final Pattern MHZ = Pattern.compile("cpu MHz\\s*:\\s*(\\d+)\\.(\\d{3})");

  private HostClock() {}

  /** Kilohertz, as the kernel's parameter {@code tsc_early_khz} wants it. */
  static Optional<Long> kilohertz() {
    try (Stream<String> lines = Files.lines(CPUS, StandardCharsets.UTF_8)) {
      return lines
          .map(MHZ::matcher)
          .filter(Matcher::matches)
          .map(m -> Long.parseLong(m.group(1)) * 1000 + Long.parseLong(m.group(2)))
          .findFirst();
    } catch (IOException e) {
      throw Failures.io("reading " + CPUS, e);
    }
  }
}
