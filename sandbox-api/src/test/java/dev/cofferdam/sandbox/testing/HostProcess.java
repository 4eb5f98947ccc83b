package dev.cofferdam.sandbox.testing;

import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.ExitStatus;
import dev.cofferdam.sandbox.ProcessSpec;
import dev.cofferdam.sandbox.SandboxException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/** Plain processes, as the fake has them. */
final class HostProcess {
  private HostProcess() {}

  /** Starts a process of a container, with {@code redirections} in the shell's words before it. */
  static Process start(ProcessSpec spec, String redirections) {
    if (spec.terminal()) {
      throw new SandboxException(ErrorCode.UNSUPPORTED, "the fake has no terminals");
    }
    String program = spec.args().getFirst();
    if (program.startsWith("/") && !Files.isExecutable(Path.of(program))) {
      throw new SandboxException(
          ErrorCode.INVALID_ARGUMENT, "cannot run " + program + ": no such program");
    }
    List<String> command =
        new ArrayList<>(List.of("/bin/sh", "-c", redirections + " exec \"$@\"", "sh"));
    command.addAll(spec.args());
    return start(command, spec.environment());
  }

  static Process start(List<String> command, List<String> environment) {
    ProcessBuilder builder = new ProcessBuilder(command);
    if (!environment.isEmpty()) {
      builder.environment().clear();
    }
    for (String variable : environment) {
      int equals = variable.indexOf('=');
      builder.environment().put(variable.substring(0, equals), variable.substring(equals + 1));
    }
    try {
      return builder.start();
    } catch (IOException e) {
      throw new SandboxException(ErrorCode.PROGRAM_FAILED, "cannot run " + command, e);
    }
  }

  /** Java already counts signals as 128 plus their number. */
  static ExitStatus statusOf(Process process) {
    return new ExitStatus(process.exitValue(), false, Instant.now());
  }

  static void onEnd(Process process, Runnable then) {
    Thread.startVirtualThread(
        () -> {
          awaitEnd(process);
          then.run();
        });
  }

  static void signal(Process process, int signal) {
    if (process.isAlive()) {
      String kill = "kill -" + signal + " " + process.pid();
      awaitEnd(start(List.of("/bin/sh", "-c", kill), List.of()));
    }
  }

  static void endTree(Process process) {
    List<ProcessHandle> tree = process.descendants().toList();
    process.destroyForcibly();
    tree.forEach(ProcessHandle::destroyForcibly);
    awaitEnd(process);
  }

  /** Not {@code onExit()}, which needs a thread of the common pool to be free. */
  static void awaitEnd(Process process) {
    try {
      process.waitFor();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
