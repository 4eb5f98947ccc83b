package dev.cofferdam.microvm.qemu;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.cofferdam.linux.Fd;
import dev.cofferdam.linux.UnixSockets;
import dev.cofferdam.microvm.Failures;
import dev.cofferdam.sandbox.Deadline;
import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.SandboxException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * One conversation with QEMU's monitor protocol (docs/interop/qmp-spec of QEMU): a line of JSON a
 * message. QEMU listens to one client at a time, so it is opened for a few commands and closed. Not
 * thread-safe.
 */
final class QmpClient implements AutoCloseable {
  private static final ObjectMapper JSON = new ObjectMapper();

  /**
   * No answer to what we ask is near it; a QEMU that its guest has taken over may send anything.
   */
  private static final int LONGEST_LINE_BYTES = 1 << 20;

  /** Events that come before an answer; more than that is no QEMU. */
  private static final int MOST_EVENTS = 1000;

  private final Fd socket;
  private final Deadline deadline;
  private final ByteBuffer received = ByteBuffer.allocate(16 << 10).flip();
  private final String version;

  private QmpClient(Fd socket, Deadline deadline) throws IOException, InterruptedException {
    this.socket = socket;
    this.deadline = deadline;
    JsonNode number = message().path("QMP").path("version").path("qemu");
    this.version =
        number.path("major").asInt()
            + "."
            + number.path("minor").asInt()
            + "."
            + number.path("micro").asInt();
    run("qmp_capabilities", Map.of(), List.of());
  }

  /**
   * Connects.
   *
   * @throws SandboxException UNAVAILABLE: nobody listens, or no answer came in time
   */
  static QmpClient connect(Path path, Deadline deadline) {
    Fd socket = null;
    try {
      socket = UnixSockets.connect(path);
      return new QmpClient(socket, deadline);
    } catch (IOException e) {
      socket = closed(socket);
      throw away("connecting", path.toString(), e);
    } catch (InterruptedException e) {
      socket = closed(socket);
      throw Failures.interrupted("connecting to QEMU", e);
    } catch (RuntimeException e) {
      socket = closed(socket);
      throw e;
    }
  }

  private static @org.jspecify.annotations.Nullable Fd closed(
      @org.jspecify.annotations.Nullable Fd socket) {
    if (socket != null) {
      socket.close();
    }
    return null;
  }

  /** As QEMU greets, such as {@code 7.2.22}. */
  String version() {
    return version;
  }

  /** Runs a command. Gives what it returned. */
  JsonNode execute(String command, Map<String, Object> arguments) {
    return execute(command, arguments, List.of());
  }

  /** The same, with descriptors that go along. */
  JsonNode execute(String command, Map<String, Object> arguments, List<Fd> descriptors) {
    try {
      return run(command, arguments, descriptors);
    } catch (IOException e) {
      throw away("`" + command + "`", "its monitor", e);
    } catch (InterruptedException e) {
      throw Failures.interrupted("waiting for QEMU's answer to " + command, e);
    }
  }

  private JsonNode run(String command, Map<String, Object> arguments, List<Fd> descriptors)
      throws IOException, InterruptedException {
    ObjectNode request = JSON.createObjectNode().put("execute", command);
    request.set("arguments", JSON.valueToTree(arguments));
    byte[] line = (request + "\n").getBytes(StandardCharsets.UTF_8);
    UnixSockets.sendWithFds(socket, line, descriptors, deadline.remaining());
    for (int events = 0; events < MOST_EVENTS; events++) {
      JsonNode answer = message();
      JsonNode error = answer.path("error");
      if (error.isObject()) {
        throw new SandboxException(
            ErrorCode.PROGRAM_FAILED,
            "QEMU refused " + command + ": " + error.path("desc").asText("without a reason"));
      }
      if (answer.has("return")) {
        return answer.path("return");
      }
    }
    throw new IOException("more than " + MOST_EVENTS + " events and no answer");
  }

  private JsonNode message() throws IOException, InterruptedException {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    while (true) {
      while (received.hasRemaining()) {
        byte next = received.get();
        if (next == '\n') {
          return JSON.readTree(line.toByteArray());
        }
        line.write(next);
      }
      if (line.size() > LONGEST_LINE_BYTES) {
        throw new IOException("a message of more than " + LONGEST_LINE_BYTES + " bytes");
      }
      received.clear();
      var got = UnixSockets.receiveWithFds(socket, received, deadline.remaining());
      got.fds().forEach(Fd::close);
      received.flip();
      if (got.bytes() < 0) {
        throw new IOException("QEMU closed the connection");
      }
    }
  }

  private static SandboxException away(String what, String where, IOException e) {
    boolean late = e instanceof SocketTimeoutException;
    return new SandboxException(
        late ? ErrorCode.DEADLINE_EXCEEDED : ErrorCode.UNAVAILABLE,
        "QEMU did not answer to " + what + " on " + where + ": " + e.getMessage(),
        e);
  }

  @Override
  public void close() {
    socket.close();
  }
}
