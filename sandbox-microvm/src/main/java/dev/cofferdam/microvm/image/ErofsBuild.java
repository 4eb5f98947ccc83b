package dev.cofferdam.microvm.image;

import dev.cofferdam.microvm.Failures;
import dev.cofferdam.sandbox.Deadline;
import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.SandboxException;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Makes an image of a folder with {@code mkfs.erofs}. The only place that knows its command line.
 */
final class ErofsBuild {
  private static final int LONGEST_WORDS = 2000;

  private final String program;

  ErofsBuild(String program) {
    this.program = program;
  }

  /**
   * Runs it. Not compressed: that makes it three times as fast, and the node's page cache serves
   * all pods of an image.
   */
  void run(Path tree, Path image, Deadline deadline) {
    Path log = image.resolveSibling(image.getFileName() + ".log");
    List<String> command =
        List.of(program, "--quiet", "--preserve-mtime", image.toString(), tree.toString());
    try {
      Process process =
          new ProcessBuilder(command)
              .redirectInput(new File("/dev/null"))
              .redirectErrorStream(true)
              .redirectOutput(log.toFile())
              .start();
      if (!process.waitFor(deadline.remaining().toNanos(), TimeUnit.NANOSECONDS)) {
        process.destroyForcibly();
        throw new SandboxException(
            ErrorCode.DEADLINE_EXCEEDED, "making an image of " + tree + " was not done in time");
      }
      if (process.exitValue() != 0) {
        throw failed(tree, process.exitValue(), log);
      }
    } catch (IOException e) {
      throw new SandboxException(
          ErrorCode.PROGRAM_MISSING,
          "cannot run " + program + ": install erofs-utils; " + e.getMessage(),
          e);
    } catch (InterruptedException e) {
      throw Failures.interrupted("making an image of " + tree, e);
    } finally {
      var _ = log.toFile().delete();
    }
  }

  private static SandboxException failed(Path tree, int code, Path log) throws IOException {
    byte[] words = Files.readAllBytes(log);
    String said =
        new String(words, 0, Math.min(words.length, LONGEST_WORDS), StandardCharsets.UTF_8).strip();
    boolean full = said.contains("No space left") || said.contains("ENOSPC");
    return new SandboxException(
        full ? ErrorCode.RESOURCE_EXHAUSTED : ErrorCode.PROGRAM_FAILED,
        (full
                ? "no disk space is left to make an image of "
                : "mkfs.erofs could not make an image of ")
            + tree
            + " (status "
            + code
            + "): "
            + said);
  }
}
