package dev.cofferdam.bench;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * What is measured, and how often.
 *
 * @param parts of the benchmark
 * @param pairs of single pods
 * @param runcPairs of single pods behind no wall
 * @param execs pairs of commands
 * @param crowds how many pods are started at once, each with how many pairs of crowds
 * @param idle how long CPU time is looked at, for crowds that are not too large
 * @param many pods of ours for the shim's own memory
 * @param against another build's distribution, in the peer's place
 * @param out folder for the results; none: they are only printed
 */
record BenchOptions(
    Set<Part> parts,
    int pairs,
    int runcPairs,
    int execs,
    List<Crowd> crowds,
    Duration idle,
    int many,
    Optional<Path> against,
    Optional<Path> out) {

  /** A number of pods at once. */
  record Crowd(int pods, int pairs) {}

  /** What can be asked for by itself. */
  enum Part {
    COLD,
    EXEC,
    CROWD,
    RUNC,
    MANY
  }

  static final String USAGE =
      "dev/bench pods [--quick] [--part cold|exec|crowd|runc|many]... [--pairs N] [--pods N]"
          + " [--against DIST] [--out DIR]";

  private static final BenchOptions FULL =
      new BenchOptions(
          EnumSet.allOf(Part.class),
          20,
          40,
          60,
          List.of(new Crowd(1, 3), new Crowd(10, 2), new Crowd(20, 4), new Crowd(50, 1)),
          Duration.ofSeconds(10),
          100,
          Optional.empty(),
          Optional.empty());

  private static final BenchOptions QUICK =
      new BenchOptions(
          EnumSet.allOf(Part.class),
          6,
          6,
          12,
          List.of(new Crowd(1, 1), new Crowd(10, 1)),
          Duration.ofSeconds(5),
          20,
          Optional.empty(),
          Optional.empty());

  static BenchOptions parse(String... arguments) {
    Deque<String> words = new ArrayDeque<>(Arrays.asList(arguments));
    BenchOptions options = words.contains("--quick") ? QUICK : FULL;
    Set<Part> parts = EnumSet.noneOf(Part.class);
    int pairs = 0;
    int pods = 0;
    Optional<Path> against = Optional.empty();
    Optional<Path> out = Optional.empty();
    while (!words.isEmpty()) {
      String word = words.pop();
      switch (word) {
        case "--quick" -> {}
        case "--part" -> parts.add(Part.valueOf(next(words, word).toUpperCase(Locale.ROOT)));
        case "--pairs" -> pairs = Integer.parseInt(next(words, word));
        case "--pods" -> pods = Integer.parseInt(next(words, word));
        case "--against" -> against = Optional.of(Path.of(next(words, word)));
        case "--out" -> out = Optional.of(Path.of(next(words, word)));
        default -> throw new IllegalArgumentException("unknown: " + word + "; usage: " + USAGE);
      }
    }
    return new BenchOptions(
        parts.isEmpty() ? options.parts : parts,
        pairs == 0 ? options.pairs : pairs,
        pairs == 0 ? options.runcPairs : pairs,
        pairs == 0 ? options.execs : pairs,
        pods == 0 ? options.crowds : List.of(new Crowd(pods, pairs == 0 ? 1 : pairs)),
        options.idle,
        pods == 0 ? options.many : pods,
        against,
        out);
  }

  private static String next(Deque<String> words, String option) {
    if (words.isEmpty()) {
      throw new IllegalArgumentException(option + " needs a value; usage: " + USAGE);
    }
    return words.pop();
  }
}
