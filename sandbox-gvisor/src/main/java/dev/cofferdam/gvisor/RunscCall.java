package dev.cofferdam.gvisor;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.cofferdam.linux.Trees;
import dev.cofferdam.sandbox.Deadline;
import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.SandboxException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;

/**
 * One use of runsc's command line on a running sandbox, with a folder of its own for what runsc
 * reads and writes: many run at once.
 */
record RunscCall(Runsc runsc, Path folder) implements AutoCloseable {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int LONGEST_ANSWER_BYTES = 1 << 20;

  static RunscCall open(Runsc runsc) {
    Path folder = runsc.layout().root().resolve("call-" + UUID.randomUUID());
    try {
      return new RunscCall(runsc, Files.createDirectory(folder));
    } catch (IOException e) {
      throw Failures.io("making " + folder, e);
    }
  }

  CommandLog log() {
    return new CommandLog(folder.resolve("log"), folder.resolve("errors"));
  }

  List<String> command(String... arguments) {
    return runsc.command(log(), arguments);
  }

  /** Gives the exit code; what it printed is in the file {@code answer}. */
  int run(Deadline deadline, String... arguments) {
    return Command.ask(command(arguments), folder.resolve("answer"), log(), deadline);
  }

  /**
   * What it printed, as JSON.
   *
   * @throws SandboxException if it failed, or printed something else
   */
  JsonNode ask(Deadline deadline, String... arguments) {
    int code = run(deadline, arguments);
    if (code != 0) {
      throw failed(arguments[0], "exited with " + code);
    }
    try (InputStream in = Files.newInputStream(folder.resolve("answer"))) {
      return parse(arguments[0], in.readNBytes(LONGEST_ANSWER_BYTES));
    } catch (IOException e) {
      throw Failures.io("reading what runsc " + arguments[0] + " printed", e);
    }
  }

  private JsonNode parse(String subcommand, byte[] answer) {
    try {
      JsonNode json = JSON.readTree(answer);
      if (json.isContainerNode()) {
        return json;
      }
    } catch (IOException e) {
      // Said below: the parser's own words quote the text.
    }
    throw failed(subcommand, "printed " + answer.length + " bytes that are not the JSON it should");
  }

  SandboxException failed(String subcommand, String what) {
    SandboxException e = runsc.failed(subcommand, what, log());
    boolean gone = log().words().contains("does not exist");
    return gone ? new SandboxException(ErrorCode.NOT_FOUND, failure(subcommand, what), e) : e;
  }

  /** What {@link #failed} says. */
  String failure(String subcommand, String what) {
    return String.valueOf(runsc.failed(subcommand, what, log()).getMessage());
  }

  @Override
  public void close() {
    try {
      Trees.delete(folder);
    } catch (IOException e) {
      throw Failures.io("removing " + folder, e); // purging the sandbox removes it too
    }
  }
}
