package dev.cofferdam.microvm.monitor;

import dev.cofferdam.microvm.Failures;
import dev.cofferdam.sandbox.Deadline;
import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.SandboxException;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Asking a program for its version. */
public final class ProgramVersion {
  private static final int LONGEST_ANSWER = 4096;

  private ProgramVersion() {}

  /**
   * Runs the program and looks for its version in what it prints.
   *
   * @param pattern with the version as its first group
   * @param setting that names the program, for the message
   */
  public static String of(
      List<String> command, Pattern pattern, String setting, Deadline deadline) {
    String program = command.getFirst();
    try {
      Process process =
          new ProcessBuilder(command)
              .redirectInput(new File("/dev/null"))
              .redirectErrorStream(true)
              .start();
      try {
        if (!process.waitFor(deadline.remaining().toNanos(), TimeUnit.NANOSECONDS)) {
          throw new SandboxException(
              ErrorCode.DEADLINE_EXCEEDED, program + " did not say its version in time");
        }
        byte[] answer = process.getInputStream().readNBytes(LONGEST_ANSWER);
        String text = new String(answer, StandardCharsets.UTF_8);
        Matcher matcher = pattern.matcher(text);
        if (!matcher.find()) {
          throw new SandboxException(
              ErrorCode.PROGRAM_FAILED,
              program + " does not say its version, but: " + text.strip());
        }
        return matcher.group(1);
      } finally {
        process.destroyForcibly();
      }
    } catch (IOException e) {
      throw new SandboxException(
          ErrorCode.PROGRAM_MISSING,
          "cannot run "
              + program
              + ": install it, or name its path in the setting backend.microvm."
              + setting,
          e);
    } catch (InterruptedException e) {
      throw Failures.interrupted("asking " + program + " for its version", e);
    }
  }
}
