package dev.cofferdam.shim.cni;

import dev.cofferdam.linux.ProgramOutput;
import dev.cofferdam.sandbox.Deadline;
import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.SandboxException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * One execution of one plugin. Whatever it does (hang, print without end), the call ends by its
 * deadline. Of one that failed nothing runs on, not even what left its process group; what a plugin
 * leaves running that succeeded is its own affair.
 *
 * @param exitCode 0: success
 * @param output its standard output
 * @param errorOutput the beginning of its standard error
 */
record PluginRun(int exitCode, String output, String errorOutput) {
  private static final int MAX_OUTPUT_BYTES = 1 << 20;
  private static final int MAX_ERROR_BYTES = 8 << 10;

  /** A plugin that is being replaced can't be executed for a moment. */
  private static final int BUSY_RETRIES = 20;

  private static final Duration BUSY_PAUSE = Duration.ofMillis(100);

  /** How long a plugin's output may stay open after its end (a child of it holds it). */
  private static final Duration STRAGGLERS = Duration.ofMillis(500);

  static PluginRun execute(
      Path program, Map<String, String> environment, byte[] input, Deadline deadline) {
    RunMark mark = RunMark.random();
    Map<String, String> marked = new HashMap<>(environment);
    marked.put(RunMark.VARIABLE, mark.value());
    boolean succeeded = false;
    try {
      PluginRun run = executeMarked(program, marked, input, deadline);
      succeeded = run.exitCode() == 0;
      return run;
    } finally {
      if (!succeeded) {
        mark.endAll();
      }
    }
  }

  private static PluginRun executeMarked(
      Path program, Map<String, String> environment, byte[] input, Deadline deadline) {
    try (ProgramOutput out = ProgramOutput.open();
        ProgramOutput err = ProgramOutput.open()) {
      Process process = start(program, environment, out, err, deadline);
      return finish(program, process, input, out, err, deadline);
    } catch (IOException e) {
      throw new SandboxException(
          ErrorCode.PROGRAM_FAILED, "cannot make pipes for CNI plugin " + program, e);
    }
  }

  private static PluginRun finish(
      Path program,
      Process process,
      byte[] input,
      ProgramOutput out,
      ProgramOutput err,
      Deadline deadline) {
    BoundedOutput output =
        new BoundedOutput(out.ofStarted(), MAX_OUTPUT_BYTES, () -> endTree(process));
    BoundedOutput errors = new BoundedOutput(err.ofStarted(), MAX_ERROR_BYTES, () -> {});
    Thread _ = Thread.ofVirtual().name("cni-input").start(() -> feed(process, input));
    try {
      if (!process.waitFor(deadline.remaining().toNanos(), TimeUnit.NANOSECONDS)) {
        throw new SandboxException(
            ErrorCode.DEADLINE_EXCEEDED,
            "CNI plugin " + program + " did not finish in time and was killed");
      }
      String printed = output.text(STRAGGLERS);
      if (output.exceeded()) {
        throw new SandboxException(
            ErrorCode.PROGRAM_FAILED,
            "CNI plugin " + program + " printed " + MAX_OUTPUT_BYTES + " bytes or more");
      }
      return new PluginRun(process.exitValue(), printed, errors.text(STRAGGLERS).strip());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new SandboxException(
          ErrorCode.DEADLINE_EXCEEDED, "interrupted while CNI plugin " + program + " ran", e);
    } finally {
      endTree(process);
    }
  }

  private static Process start(
      Path program,
      Map<String, String> environment,
      ProgramOutput out,
      ProgramOutput err,
      Deadline deadline) {
    ProcessBuilder builder = new ProcessBuilder(program.toString());
    builder.redirectOutput(out.redirect()).redirectError(err.redirect());
    builder.environment().putAll(environment);
    builder.directory(Path.of("/").toFile());
    for (int attempt = 0; ; attempt++) {
      try {
        return builder.start();
      } catch (IOException e) {
        boolean busy = String.valueOf(e.getMessage()).contains("error=26");
        if (!busy || attempt == BUSY_RETRIES || deadline.passed()) {
          throw new SandboxException(
              ErrorCode.PROGRAM_MISSING,
              "cannot execute CNI plugin " + program + ": " + e.getMessage(),
              e);
        }
        pause();
      }
    }
  }

  private static void pause() {
    try {
      Thread.sleep(BUSY_PAUSE);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new SandboxException(ErrorCode.DEADLINE_EXCEEDED, "interrupted", e);
    }
  }

  private static void feed(Process process, byte[] input) {
    try (OutputStream stdin = process.getOutputStream()) {
      stdin.write(input);
    } catch (IOException e) {
      // It may end without reading its configuration; what it answers is what counts.
    }
  }

  /** Children are looked up before their parent dies: afterwards they are nobody's. */
  private static void endTree(Process process) {
    if (!process.isAlive()) {
      return; // nobody's children can be told to be its; finding out would read all of /proc
    }
    List<ProcessHandle> tree = new ArrayList<>(process.descendants().toList());
    process.destroyForcibly();
    for (int i = 0; i < tree.size(); i++) {
      tree.addAll(tree.get(i).descendants().filter(child -> !tree.contains(child)).toList());
      tree.get(i).destroyForcibly();
    }
  }
}
