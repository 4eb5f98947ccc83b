package dev.cofferdam.gvisor;

import dev.cofferdam.sandbox.Deadline;
import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.SandboxException;
import dev.cofferdam.sandbox.Stdio;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** One run of a program, ended with all that it started when its time is over. */
final class Command {
  private static final File NOTHING = new File("/dev/null");

  /**
   * The shell opens the container's streams and becomes runsc. Java can't open a pipe for reading
   * and writing: so opened, writing fails neither when nobody reads nor while the shim is away.
   */
  private static final String REDIRECT = "exec 0<\"$1\" 1<>\"$2\" 2<>\"$3\"; shift 3; exec \"$@\"";

  /** What a run may write into its files; no true runsc comes near it. */
  private static final long LONGEST_OUTPUT_BYTES = 16L << 20;

  /** How often the files are looked at. A run that is over is noticed at once. */
  private static final Duration LOOK = Duration.ofMillis(100);

  /** Of what has been killed: more, and it hangs in the kernel, where no waiting helps. */
  private static final Duration LONGEST_END = Duration.ofSeconds(5);

  private Command() {}

  /** Runs it with its output going to a file. Gives its exit code. */
  static int run(List<String> command, Path output, Deadline deadline) {
    return run(command, output, List.of(output), deadline);
  }

  /** Runs it with its output going to the log's file. Gives its exit code. */
  static int run(List<String> command, CommandLog log, Deadline deadline) {
    return run(command, log.output(), List.of(log.output(), log.log()), deadline);
  }

  private static int run(List<String> command, Path output, List<Path> written, Deadline deadline) {
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.redirectInput(NOTHING).redirectErrorStream(true).redirectOutput(output.toFile());
    return await(start(builder, command.getFirst()), command, written, deadline);
  }

  /** Runs it with its output and its errors going to two files. Gives its exit code. */
  static int ask(List<String> command, Path answer, CommandLog log, Deadline deadline) {
    ProcessBuilder builder = new ProcessBuilder(command).redirectInput(NOTHING);
    builder.redirectOutput(answer.toFile()).redirectError(log.output().toFile());
    List<Path> written = List.of(answer, log.output(), log.log());
    return await(start(builder, command.getFirst()), command, written, deadline);
  }

  /** Runs it with a container's streams as its own. Gives its exit code. */
  static int run(List<String> command, Stdio stdio, CommandLog log, Deadline deadline) {
    List<String> redirected = new ArrayList<>(List.of("/bin/sh", "-c", REDIRECT, "sh"));
    for (Optional<Path> stream : List.of(stdio.stdin(), stdio.stdout(), stdio.stderr())) {
      redirected.add(stream.map(Path::toString).orElse("/dev/null"));
    }
    redirected.addAll(command);
    ProcessBuilder builder = new ProcessBuilder(redirected);
    builder.redirectInput(NOTHING);
    builder.redirectOutput(ProcessBuilder.Redirect.DISCARD);
    builder.redirectError(ProcessBuilder.Redirect.DISCARD);
    return await(start(builder, command.getFirst()), command, List.of(log.log()), deadline);
  }

  static Process start(ProcessBuilder builder, String program) {
    try {
      return builder.start();
    } catch (IOException e) {
      throw missing(program, e);
    }
  }

  private static SandboxException missing(String program, IOException e) {
    return new SandboxException(
        ErrorCode.PROGRAM_MISSING,
        "cannot run "
            + program
            + ": "
            + e.getMessage()
            + "; install runsc, or name its path in the gVisor backend's setting `runsc`",
        e);
  }

  private static int await(
      Process process, List<String> command, List<Path> written, Deadline deadline) {
    try {
      while (!deadline.passed()) {
        if (process.waitFor(deadline.atMost(LOOK).remaining().toNanos(), TimeUnit.NANOSECONDS)) {
          return process.exitValue();
        }
        for (Path file : written) {
          if (size(file) > LONGEST_OUTPUT_BYTES) {
            endTree(process);
            throw tooMuch(command, file);
          }
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      endTree(process);
      throw new SandboxException(
          ErrorCode.UNAVAILABLE, "interrupted while running " + command.getFirst(), e);
    }
    endTree(process);
    throw new SandboxException(
        ErrorCode.DEADLINE_EXCEEDED,
        "`" + String.join(" ", command) + "` was not done in time and has been killed");
  }

  private static long size(Path file) {
    try {
      return Files.size(file);
    } catch (IOException e) {
      return 0; // not written yet
    }
  }

  private static SandboxException tooMuch(List<String> command, Path file) {
    SandboxException e =
        new SandboxException(
            ErrorCode.PROGRAM_FAILED,
            String.format(
                Locale.ROOT,
                "`%s` printed more than %d MiB and has been killed; is it runsc?",
                String.join(" ", command),
                LONGEST_OUTPUT_BYTES >> 20));
    try {
      Files.write(file, new byte[0]); // nobody will read that much, and it takes up the disk
    } catch (IOException left) {
      e.addSuppressed(left);
    }
    return e;
  }

  /** Kills it with all that it started; on return they have ended. */
  static void endTree(Process process) {
    // Children first: once the parent is gone they can't be told from others.
    try (Killing killing = new Killing();
        Stream<ProcessHandle> children = process.descendants()) {
      children.forEach(killing::kill);
      killing.kill(process.toHandle());
      killing.await(Deadline.after(LONGEST_END));
    }
  }
}
