package dev.cofferdam.gvisor;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.cofferdam.gvisor.ControlSocket.Refused;
import dev.cofferdam.linux.Pidfd;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ExecutionException;

/**
 * {@code runsc wait} on one container: a process that is there for as long as the container runs.
 * It answers early, late and again, so it is started anew after somebody killed it. It has no files
 * of its own: its few bytes wait in pipes, and a program that prints without end is stopped there.
 */
final class CommandWait {
  private static final ObjectMapper JSON = new ObjectMapper();

  /** How many of them may be lost; more, and it isn't chance. */
  private static final int MOST_LOST = 5;

  /** Whoever killed it killed its sandbox too, perhaps. That would be seen by then. */
  private static final Duration SANDBOX_LIVES = Duration.ofSeconds(1);

  private static final int MOST_READ_BYTES = 4 << 10;
  private static final Path NOTHING = Path.of("/dev/null");

  private final Runsc runsc;
  private final String containerId;

  CommandWait(Runsc runsc, String containerId) {
    this.runsc = runsc;
    this.containerId = containerId;
  }

  /** What {@code wait4(2)} would give. */
  int waitStatus() throws IOException, InterruptedException, Refused {
    for (int lost = 1; ; lost++) {
      Process process = start();
      try {
        int code = process.onExit().get().exitValue();
        if (code == 0) {
          return waitStatus(beginning(process.getInputStream()));
        }
        if (sandboxEnded()) {
          throw new IOException("the sandbox ended before the container");
        }
        if (!killed(code) || lost == MOST_LOST) {
          throw new Refused(
              "runsc wait exited with " + code + ": " + beginning(process.getErrorStream()));
        }
      } catch (ExecutionException e) {
        throw new IOException(e.getCause());
      } finally {
        process.destroyForcibly();
      }
    }
  }

  private Process start() {
    CommandLog log = new CommandLog(NOTHING, NOTHING);
    ProcessBuilder builder = new ProcessBuilder(runsc.command(log, "wait", containerId));
    return Command.start(builder, runsc.program());
  }

  private boolean sandboxEnded() throws IOException, InterruptedException {
    Optional<Long> pid = new SandboxFiles(runsc.layout()).runningPid();
    if (pid.isEmpty()) {
      return true;
    }
    try (Pidfd sandbox = Pidfd.open(pid.get())) {
      return sandbox.awaitExit(SANDBOX_LIVES);
    } catch (IOException e) {
      return true; // between the two questions
    }
  }

  private static String beginning(InputStream stream) throws IOException {
    try (stream) {
      return new String(stream.readNBytes(MOST_READ_BYTES), StandardCharsets.UTF_8).strip();
    }
  }

  private static boolean killed(int code) {
    return code == 128 + 9 || code == 128 + 15;
  }

  /** runsc gives the exit code as a shell would, 128 plus the number for a signal. */
  private static int waitStatus(String answer) throws Refused {
    try {
      JsonNode code = JSON.readTree(answer).path("exitStatus");
      if (code.canConvertToInt() && code.intValue() >= 0 && code.intValue() <= 255) {
        return code.intValue() << 8;
      }
    } catch (IOException e) {
      // Said below: the parser's own words quote the text.
    }
    throw new Refused(
        "runsc wait printed no exit status but " + answer.length() + " other letters");
  }
}
