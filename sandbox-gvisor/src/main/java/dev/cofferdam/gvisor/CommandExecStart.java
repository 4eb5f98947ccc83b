package dev.cofferdam.gvisor;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.cofferdam.linux.Fd;
import dev.cofferdam.sandbox.Deadline;
import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.ExitStatus;
import dev.cofferdam.sandbox.ProcessSpec;
import dev.cofferdam.sandbox.SandboxException;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** Starts a process by {@code runsc exec}, or leaves nothing of it. */
final class CommandExecStart {
  private static final ObjectMapper JSON = new ObjectMapper();

  /**
   * A shell opens the streams and becomes runsc: opening a terminal, Java would make it its own.
   */
  private static final String PIPES = "exec 0<\"$1\" 1>\"$2\" 2>\"$3\"; shift 3; exec \"$@\"";

  /** The sentry takes the first for all three. */
  private static final String TERMINAL = "exec 0<>\"$1\" 1<>\"$2\" 2<>\"$3\"; shift 3; exec \"$@\"";

  /** Started is what has a process ID; runsc tells it by a file. */
  private static final Duration LOOK = Duration.ofMillis(2);

  private final String containerId;
  private final ProcessSpec process;
  private final Runsc runsc;
  private final CommandControl control;

  CommandExecStart(String containerId, ProcessSpec process, Runsc runsc, CommandControl control) {
    this.containerId = containerId;
    this.process = process;
    this.runsc = runsc;
    this.control = control;
  }

  Exec run(Deadline deadline) {
    RunscCall call = RunscCall.open(runsc);
    ExecStreams streams = null;
    Process started = null;
    try {
      streams = ExecStreams.open(process.terminal());
      started = start(call, streams);
      long pid = awaitPid(call, started, deadline);
      streams.closeInside();
      CompletableFuture<ExitStatus> exit = started.onExit().thenApply(ended -> status(call, ended));
      CommandExec way = new CommandExec(containerId, pid, control, started, exit);
      return new Exec("process " + pid + " in " + containerId, streams, way);
    } catch (IOException | RuntimeException e) {
      if (started != null) {
        Command.endTree(started);
      }
      if (streams != null) {
        streams.closeInside();
        streams.close();
      }
      call.close();
      throw e instanceof SandboxException known
          ? known
          : new SandboxException(ErrorCode.INTERNAL, "running " + process.args() + ": " + e, e);
    }
  }

  private Process start(RunscCall call, ExecStreams streams) throws IOException {
    Path config = call.folder().resolve("process.json");
    Files.write(config, JSON.writeValueAsBytes(OciSpec.process(process)));
    List<String> command =
        new ArrayList<>(List.of("/bin/sh", "-c", process.terminal() ? TERMINAL : PIPES, "sh"));
    for (int i = 0; i < 3; i++) {
      List<Fd> inside = streams.inside();
      command.add(path(inside.get(Math.min(i, inside.size() - 1))));
    }
    command.addAll(
        call.command(
            "exec", "--process=" + config, "--internal-pid-file=" + pidFile(call), containerId));
    ProcessBuilder builder = new ProcessBuilder(command).redirectInput(new File("/dev/null"));
    builder.redirectOutput(ProcessBuilder.Redirect.DISCARD);
    builder.redirectError(ProcessBuilder.Redirect.DISCARD);
    return Command.start(builder, runsc.program());
  }

  /** An open file of ours, for a child to open again. */
  private static String path(Fd fd) {
    return "/proc/" + ProcessHandle.current().pid() + "/fd/" + fd.number();
  }

  private static Path pidFile(RunscCall call) {
    return call.folder().resolve("pid");
  }

  private long awaitPid(RunscCall call, Process started, Deadline deadline) throws IOException {
    while (true) {
      boolean ended = !started.isAlive(); // asked first: it may end after telling
      OptionalLong pid = pid(call);
      if (pid.isPresent()) {
        return pid.getAsLong();
      }
      if (ended) {
        throw notStarted(call, started.exitValue());
      }
      if (deadline.passed()) {
        throw new SandboxException(
            ErrorCode.DEADLINE_EXCEEDED,
            "runsc exec of " + process.args() + " did not start it in time and has been killed");
      }
      pause(started);
    }
  }

  private static void pause(Process started) {
    try {
      boolean _ = started.waitFor(LOOK.toNanos(), TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new SandboxException(ErrorCode.UNAVAILABLE, "interrupted during runsc exec", e);
    }
  }

  private static OptionalLong pid(RunscCall call) throws IOException {
    Path file = pidFile(call);
    if (!Files.exists(file)) {
      return OptionalLong.empty();
    }
    try {
      return OptionalLong.of(Long.parseLong(Files.readString(file).strip()));
    } catch (NumberFormatException e) {
      throw new IOException("runsc exec wrote something else than a process ID to " + file, e);
    }
  }

  private SandboxException notStarted(RunscCall call, int code) {
    if (code == 127) {
      return new SandboxException(
          ErrorCode.PROGRAM_MISSING,
          "cannot run " + runsc.program() + ": name its path in the setting `runsc`");
    }
    String words = call.log().words();
    return Failures.notStarted(
        process, containerId, words.isBlank() ? "runsc exec exited with " + code : words);
  }

  /** runsc exits as the process did; where it complains, the sandbox ended under it. */
  private static ExitStatus status(RunscCall call, Process ended) {
    try (call) {
      int code = call.log().words().isBlank() ? ended.exitValue() : 128 + 9;
      return new ExitStatus(code, false, Instant.now());
    }
  }
}
