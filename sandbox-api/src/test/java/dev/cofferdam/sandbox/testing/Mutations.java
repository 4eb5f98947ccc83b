package dev.cofferdam.sandbox.testing;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;

/**
 * Good inputs with a few things wrong: bits, lengths, values of other types, numbers at their ends,
 * ways out of a folder, depth. What fails is shrunk to the least number of changes.
 */
public final class Mutations {
  /**
   * Another one makes other inputs; {@code dev/test --long fuzz} takes a random one and says it.
   */
  private static final long SEED = Long.getLong("cofferdam.fuzz.seed", 0);

  private static final int MOST_EDITS = 6;

  private static final List<String> TOKENS =
      List.of(
          "null",
          "true",
          "-1",
          "0",
          "9223372036854775808",
          "-9223372036854775808",
          "1e999",
          "1e-9",
          "0.5",
          "\"\"",
          "\"../../etc/passwd\"",
          "\"/\"",
          "\"\\u0000\"",
          "\"\\ud800\"",
          "{}",
          "[]",
          "[[]]",
          "[null]",
          "{\"a\":1}",
          "[".repeat(2000),
          "{\"a\":".repeat(500),
          "\"",
          "\\",
          "\n",
          "\0",
          "../",
          "..",
          ":",
          ";",
          ",",
          "=",
          " ",
          "\t",
          "%00",
          "%s",
          "&a [*a]",
          "*a",
          "!!map",
          "---\n",
          "- ",
          "#",
          "x".repeat(5000),
          "\u00e4",
          "\ud83d\ude00",
          "sha256:",
          "2147483648");

  private Mutations() {}

  /** Texts made from these. */
  public static Arbitrary<byte[]> of(String... samples) {
    return of(Arrays.stream(samples).map(s -> s.getBytes(StandardCharsets.UTF_8)).toList());
  }

  /** Bytes made from these. */
  public static Arbitrary<byte[]> of(List<byte[]> samples) {
    Arbitrary<List<Long>> edits = Arbitraries.longs().list().ofMinSize(1).ofMaxSize(MOST_EDITS);
    return Combinators.combine(Arbitraries.of(samples), edits).as(Mutations::edited);
  }

  private static byte[] edited(byte[] sample, List<Long> edits) {
    byte[] bytes = sample.clone();
    for (long edit : edits) {
      bytes = edited(bytes, new SplittableRandom(edit ^ SEED));
    }
    return bytes;
  }

  private static byte[] edited(byte[] bytes, SplittableRandom random) {
    int from = random.nextInt(bytes.length + 1);
    int to = Math.min(bytes.length, from + 1 + random.nextInt(16));
    byte[] token = TOKENS.get(random.nextInt(TOKENS.size())).getBytes(StandardCharsets.UTF_8);
    return switch (random.nextInt(8)) {
      case 0 -> flipped(bytes, random);
      case 1 -> spliced(bytes, from, to, new byte[0]);
      case 2 -> spliced(bytes, from, from, Arrays.copyOfRange(bytes, from, to));
      case 3 -> spliced(bytes, from, from, token);
      case 4 -> Arrays.copyOf(bytes, from);
      case 5 -> spliced(bytes, from, from, noise(random));
      // Twice as often: a value for a value is what gets past the parser.
      default -> spliced(bytes, valueStart(bytes, from), valueEnd(bytes, from), token);
    };
  }

  private static byte[] flipped(byte[] bytes, SplittableRandom random) {
    if (bytes.length == 0) {
      return bytes;
    }
    byte[] flipped = bytes.clone();
    flipped[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
    return flipped;
  }

  private static byte[] noise(SplittableRandom random) {
    byte[] noise = new byte[1 + random.nextInt(8)];
    random.nextBytes(noise);
    return noise;
  }

  /** Where a JSON or YAML value around or after this place begins. */
  private static int valueStart(byte[] bytes, int from) {
    int at = from;
    while (at < bytes.length && bytes[at] != ':' && bytes[at] != '[' && bytes[at] != ',') {
      at++;
    }
    return Math.min(bytes.length, at + 1);
  }

  private static int valueEnd(byte[] bytes, int from) {
    int at = valueStart(bytes, from);
    while (at < bytes.length && ",]}\n".indexOf(bytes[at]) < 0) {
      at++;
    }
    return at;
  }

  private static byte[] spliced(byte[] bytes, int from, int to, byte[] with) {
    byte[] result = new byte[from + with.length + bytes.length - to];
    System.arraycopy(bytes, 0, result, 0, from);
    System.arraycopy(with, 0, result, from, with.length);
    System.arraycopy(bytes, to, result, from + with.length, bytes.length - to);
    return result;
  }
}
