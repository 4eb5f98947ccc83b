package dev.cofferdam.lab;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** A short-lived outside program: run to its end, output kept. */
public final class Command {

  /** What a command did; output as UTF-8 text. */
  public record Result(List<String> command, int exitCode, String out, String err) {

    public boolean ok() {
      return exitCode == 0;
    }

    /** This result, or a {@link LabException} with the command and what it said. */
    public Result orThrow() {
      if (!ok()) {
        throw new LabException(
            "`%s` exited with %d:\n%s%s".formatted(String.join(" ", command), exitCode, out, err));
      }
      return this;
    }
  }

  private Command() {}

  /** Runs a command on the host. Ends it and throws when it takes longer than the timeout. */
  public static Result run(Duration timeout, List<String> command) {
    return run(timeout, Map.of(), "", command);
  }

  /** Runs a command with additional environment variables and the text as its standard input. */
  public static Result run(
      Duration timeout, Map<String, String> environment, String input, List<String> command) {
    Path out = null;
    Path err = null;
    try {
      // Files, not pipes: a daemon that a command leaves behind must not keep us reading.
      out = Files.createTempFile("cofferdam-lab", ".out");
      err = Files.createTempFile("cofferdam-lab", ".err");
      ProcessBuilder builder =
          new ProcessBuilder(command).redirectOutput(out.toFile()).redirectError(err.toFile());
      builder.environment().putAll(environment);
      Process process = builder.start();
      try (var stdin = process.getOutputStream()) {
        stdin.write(input.getBytes(StandardCharsets.UTF_8));
      } catch (IOException ignored) {
        // A program that does not read its input ended first; its exit code tells.
      }
      if (!process.waitFor(timeout.toMillis(), TimeUnit.MILLISECONDS)) {
        process.destroyForcibly();
        throw new LabException(
            "`%s` was not done after %s; it said:\n%s%s"
                .formatted(String.join(" ", command), timeout, read(out), read(err)));
      }
      return new Result(command, process.exitValue(), read(out), read(err));
    } catch (IOException e) {
      throw new LabException("could not run `%s`".formatted(String.join(" ", command)), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new LabException("interrupted in `%s`".formatted(String.join(" ", command)), e);
    } finally {
      delete(out);
      delete(err);
    }
  }

  private static String read(Path file) throws IOException {
    return new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
  }

  private static void delete(@org.jspecify.annotations.Nullable Path file) {
    if (file != null) {
      file.toFile().delete();
    }
  }
}
