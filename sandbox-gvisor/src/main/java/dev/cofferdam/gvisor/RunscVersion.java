package dev.cofferdam.gvisor;

import dev.cofferdam.sandbox.Deadline;
import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.SandboxException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** What {@code runsc --version} says. Asked for again each time: the program may be replaced. */
record RunscVersion(String program) {
  private static final String PREFIX = "runsc version ";
  private static final int MOST_READ_BYTES = 64 << 10;

  String get(Deadline deadline) {
    try {
      Path output = Files.createTempFile("runsc-version", ".txt");
      try {
        int code = Command.run(List.of(program, "--version"), output, deadline);
        String said = beginning(output);
        return said.lines()
            .filter(line -> line.startsWith(PREFIX))
            .map(line -> line.substring(PREFIX.length()).strip())
            .findFirst()
            .orElseThrow(() -> notRunsc(code, said));
      } finally {
        Files.delete(output);
      }
    } catch (IOException e) {
      throw Failures.io("asking " + program + " for its version", e);
    }
  }

  private static String beginning(Path file) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      return new String(in.readNBytes(MOST_READ_BYTES), StandardCharsets.ISO_8859_1);
    }
  }

  private SandboxException notRunsc(int code, String said) {
    String words = said.strip();
    return new SandboxException(
        ErrorCode.PROGRAM_FAILED,
        "`"
            + program
            + " --version` exited with "
            + code
            + " and is not runsc: it said "
            + (words.isEmpty() ? "nothing" : words.substring(0, Math.min(500, words.length()))));
  }
}
