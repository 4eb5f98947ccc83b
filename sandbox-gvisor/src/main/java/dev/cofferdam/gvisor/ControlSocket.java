package dev.cofferdam.gvisor;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.io.JsonEOFException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.TextNode;
import dev.cofferdam.linux.Fd;
import dev.cofferdam.linux.UnixSockets;
import dev.cofferdam.sandbox.Deadline;
import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.SandboxException;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The socket on which a sentry answers questions, without a process in between. Not a stable
 * interface, but one release ships both ends. Thread-safe.
 */
final class ControlSocket {

  /** The sentry understood and refused: what it said. */
  static final class Refused extends Exception {
    private static final long serialVersionUID = 1L;

    Refused(String message) {
      super(message);
    }
  }

  private static final Duration HOWEVER_LONG = Duration.ofDays(3650);

  private final Path path;

  ControlSocket(Path path) {
    this.path = path;
  }

  /** Calls a method whose only argument is a name. */
  JsonNode call(String method, String argument, Deadline deadline) throws Refused {
    return call(method, TextNode.valueOf(argument), deadline);
  }

  /** Calls a method that is done soon. */
  JsonNode call(String method, JsonNode argument, Deadline deadline) throws Refused {
    return call(method, argument, List.of(), deadline);
  }

  /** Calls a method that is done soon and takes open files. They stay open here. */
  JsonNode call(String method, JsonNode argument, List<Fd> files, Deadline deadline)
      throws Refused {
    try (ControlConnection connection = open(method, ControlConnection.LONG_ANSWER)) {
      return call(connection, method, argument, files, deadline);
    }
  }

  /** The same on a connection that is there, for calls with short answers. */
  JsonNode call(
      ControlConnection connection,
      String method,
      JsonNode argument,
      List<Fd> files,
      Deadline deadline)
      throws Refused {
    try {
      connection.ask(method, argument, files, deadline.remaining());
      return result(connection.answer(deadline.remaining()).orElseThrow(() -> late(method, null)));
    } catch (SocketTimeoutException e) {
      throw late(method, e);
    } catch (IOException e) {
      throw failed(method, e);
    } catch (InterruptedException e) {
      throw interrupted(method, e);
    }
  }

  /**
   * Calls a method that answers when something happens, however late.
   *
   * @throws IOException when the sentry ends before that
   */
  JsonNode await(String method, String argument) throws IOException, Refused {
    try (ControlConnection connection = connect(ControlConnection.SHORT_ANSWER)) {
      connection.ask(method, TextNode.valueOf(argument), List.of(), HOWEVER_LONG);
      return answer(connection, method, HOWEVER_LONG).orElseThrow(() -> late(method, null));
    } catch (InterruptedException e) {
      throw interrupted(method, e);
    }
  }

  /**
   * The answer to a question that was asked before; empty when it has not come in time.
   *
   * @throws IOException when the sentry ends before that
   */
  Optional<JsonNode> answer(ControlConnection connection, String method, Duration patience)
      throws IOException, InterruptedException, Refused {
    try {
      Optional<JsonNode> answer = connection.answer(patience);
      return answer.isEmpty() ? answer : Optional.of(result(answer.get()));
    } catch (JsonEOFException e) {
      throw e; // it ended while it answered
    } catch (JsonProcessingException e) {
      throw failed(method, e);
    }
  }

  /** Connects for several calls with short answers; the first is for what {@code method} says. */
  ControlConnection open(String method) {
    return open(method, ControlConnection.SHORT_ANSWER);
  }

  private ControlConnection open(String method, int longestAnswer) {
    try {
      return connect(longestAnswer);
    } catch (IOException e) {
      throw failed(method, e);
    }
  }

  private ControlConnection connect(int longestAnswer) throws IOException {
    return new ControlConnection(UnixSockets.connect(path), longestAnswer);
  }

  private static SandboxException interrupted(String method, InterruptedException e) {
    Thread.currentThread().interrupt();
    return new SandboxException(ErrorCode.UNAVAILABLE, "interrupted during " + method, e);
  }

  private SandboxException late(String method, @Nullable Exception e) {
    return new SandboxException(
        ErrorCode.DEADLINE_EXCEEDED,
        "the sentry at " + path + " did not answer " + method + " in time",
        e);
  }

  private SandboxException failed(String method, IOException e) {
    if (e instanceof JsonProcessingException && !(e instanceof JsonEOFException)) {
      return nonsense(method, "something that is no answer, or too long a one", e);
    }
    return new SandboxException(
        ErrorCode.UNAVAILABLE,
        "the sentry at "
            + path
            + " cannot be reached for "
            + method
            + ": it has ended, or never ran",
        e);
  }

  /** It answered, and not what this version of it should. */
  SandboxException nonsense(String method, String what, @Nullable Exception e) {
    return new SandboxException(
        ErrorCode.PROGRAM_FAILED,
        "the sentry at " + path + " answered " + method + " with " + what,
        e);
  }

  private static JsonNode result(JsonNode answer) throws Refused {
    if (!answer.path("success").booleanValue()) {
      throw new Refused(answer.path("err").asText("no reason given"));
    }
    return answer.path("result");
  }
}
