package dev.cofferdam.shim.install.host;

import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.SandboxException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A program of the machine that is run to its end. */
public final class Program {
  private static final int MOST_OUTPUT = 64 * 1024;

  private Program() {}

  /** How it ended, and the beginning of what it wrote, both streams in one. */
  public record Outcome(List<String> command, int code, String output) {
    public boolean ok() {
      return code == 0;
    }

    /**
     * This one if it went well.
     *
     * @throws SandboxException PROGRAM_FAILED with its words otherwise
     */
    public Outcome orThrow() {
      if (!ok()) {
        throw new SandboxException(
            ErrorCode.PROGRAM_FAILED,
            "`%s` exited with %d: %s".formatted(String.join(" ", command), code, output.strip()));
      }
      return this;
    }
  }

  /**
   * Runs it.
   *
   * @throws SandboxException when it can't be run, or is not done in time: it is killed then
   */
  public static Outcome run(Duration timeout, List<String> command) throws InterruptedException {
    Path output = null;
    try {
      // A file, no pipe: what it leaves running must not keep us reading.
      output = Files.createTempFile("cofferdam", ".out");
      Process process =
          new ProcessBuilder(command)
              .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
              .redirectErrorStream(true)
              .redirectOutput(output.toFile())
              .start();
      if (!process.waitFor(timeout.toMillis(), TimeUnit.MILLISECONDS)) {
        process.destroyForcibly();
        throw new SandboxException(
            ErrorCode.DEADLINE_EXCEEDED,
            "`%s` was not done after %s".formatted(String.join(" ", command), timeout));
      }
      return new Outcome(command, process.exitValue(), read(output));
    } catch (IOException e) {
      throw new SandboxException(
          ErrorCode.PROGRAM_MISSING,
          "cannot run `%s`: %s".formatted(String.join(" ", command), e.getMessage()),
          e);
    } finally {
      if (output != null) {
        output.toFile().delete();
      }
    }
  }

  private static String read(Path file) throws IOException {
    try (var in = Files.newInputStream(file)) {
      return new String(in.readNBytes(MOST_OUTPUT), StandardCharsets.UTF_8);
    }
  }
}
