package dev.cofferdam.shim.check;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Which very files the backends run: when one is replaced, removed or comes back, what was proved
 * before proves nothing.
 */
final class ProgramIdentity {
  private ProgramIdentity() {}

  /** The same text for the same files. */
  static String of(List<Path> programs) {
    return programs.stream().sorted().map(ProgramIdentity::of).collect(Collectors.joining("; "));
  }

  private static String of(Path program) {
    try {
      return "%s %s %s %s"
          .formatted(
              program,
              Files.getAttribute(program, "unix:ino"),
              Files.size(program),
              Files.getLastModifiedTime(program).toMillis());
    } catch (IOException e) {
      return program + " is not there";
    }
  }
}
