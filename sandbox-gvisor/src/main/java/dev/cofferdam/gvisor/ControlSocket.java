package dev.cofferdam.gvisor;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import com.fasterxml.jackson.core.io.JsonEOFException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.cofferdam.linux.Fd;
import dev.cofferdam.linux.UnixSockets;
import dev.cofferdam.sandbox.Deadline;
import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.SandboxException;
import java.io.IOException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The socket on which a sentry answers questions, without a process in between: a connection for
 * each call, one JSON object there and one back (gVisor's {@code pkg/urpc}). Not a stable
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

  private static final ObjectMapper JSON = new ObjectMapper();

  /** The sentry is one exploit away from the workload: what it says is bounded. */
  private static final long LONGEST_ANSWER = 8L << 20;

  static {
    JSON.getFactory()
        .setStreamReadConstraints(
            StreamReadConstraints.builder()
                .maxDocumentLength(LONGEST_ANSWER)
                .maxNestingDepth(64)
                .build());
  }

  private static final Duration BUSY_PATIENCE = Duration.ofSeconds(10);
  private static final Duration BUSY_PAUSE = Duration.ofMillis(2);

  private final Path path;

  ControlSocket(Path path) {
    this.path = path;
  }

  static ObjectNode object() {
    return JSON.createObjectNode();
  }

  /** Calls a method whose only argument is a name. */
  JsonNode call(String method, String argument, Deadline deadline) throws Refused {
    return call(method, JSON.getNodeFactory().textNode(argument), deadline);
  }

  /** Calls a method that is done soon. */
  JsonNode call(String method, JsonNode argument, Deadline deadline) throws Refused {
    try (SocketChannel channel = connect()) {
      // The only way to bound a blocking read of a Unix socket is to close it from outside.
      CompletableFuture<JsonNode> answer = new CompletableFuture<>();
      Thread.ofVirtual()
          .name("gvisor-control")
          .start(
              () -> {
                try {
                  answer.complete(exchange(channel, method, argument));
                } catch (IOException | RuntimeException e) {
                  answer.completeExceptionally(e);
                }
              });
      return result(answer.get(deadline.remaining().toNanos(), TimeUnit.NANOSECONDS));
    } catch (TimeoutException e) {
      throw late(method, e);
    } catch (ExecutionException e) {
      throw failed(method, e.getCause() instanceof IOException io ? io : new IOException(e));
    } catch (IOException e) {
      throw failed(method, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new SandboxException(ErrorCode.UNAVAILABLE, "interrupted during " + method, e);
    }
  }

  /** Calls a method that is done soon and takes open files. They stay open here. */
  JsonNode call(String method, JsonNode argument, List<Fd> files, Deadline deadline)
      throws Refused {
    try (Connection connection = open(method)) {
      return connection.call(method, argument, files, deadline);
    }
  }

  /** Connects for several calls, one after the other; the first is for what {@code method} says. */
  Connection open(String method) {
    try {
      return new Connection(UnixSockets.connect(path));
    } catch (IOException e) {
      throw failed(method, e);
    }
  }

  /**
   * One connection, for one call after the other. Closing it ends a call that waits. Answers are
   * numbers or lines of error text: longer ones are refused.
   */
  final class Connection implements AutoCloseable {
    private static final int USUAL_ANSWER = 1 << 10;
    private static final int LONGEST_SHORT_ANSWER = 64 << 10;

    private static final Duration HOWEVER_LONG = Duration.ofDays(3650);

    private final Fd socket;

    private Connection(Fd socket) {
      this.socket = socket;
    }

    /** Calls a method that is done soon and takes open files. They stay open here. */
    JsonNode call(String method, JsonNode argument, List<Fd> files, Deadline deadline)
        throws Refused {
      try {
        UnixSockets.sendWithFds(socket, request(method, argument), files, deadline.remaining());
        return result(answer(deadline::remaining));
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
    JsonNode await(String method, JsonNode argument) throws IOException, Refused {
      try {
        UnixSockets.sendWithFds(socket, request(method, argument), List.of(), HOWEVER_LONG);
        return result(answer(() -> HOWEVER_LONG));
      } catch (JsonEOFException e) {
        throw e; // it ended while it answered
      } catch (JsonProcessingException e) {
        throw failed(method, e);
      } catch (InterruptedException e) {
        throw interrupted(method, e);
      }
    }

    private JsonNode answer(Supplier<Duration> patience) throws IOException, InterruptedException {
      byte[] bytes = new byte[USUAL_ANSWER];
      int length = 0;
      while (true) {
        if (length == bytes.length) {
          if (length >= LONGEST_SHORT_ANSWER) {
            throw new StreamConstraintsException("longer than " + length + " bytes");
          }
          bytes = Arrays.copyOf(bytes, Math.min(length * 8, LONGEST_SHORT_ANSWER));
        }
        ByteBuffer free = ByteBuffer.wrap(bytes, length, bytes.length - length);
        var received = UnixSockets.receiveWithFds(socket, free, patience.get());
        received.fds().forEach(Fd::close); // nobody asked for any
        if (received.bytes() < 0) {
          throw new IOException("connection closed without an answer");
        }
        length += received.bytes();
        JsonNode whole = parseIfComplete(bytes, length);
        if (whole != null) {
          return whole;
        }
      }
    }

    @Override
    public void close() {
      socket.close();
    }
  }

  private static @Nullable JsonNode parseIfComplete(byte[] bytes, int length) throws IOException {
    try {
      return JSON.readTree(bytes, 0, length);
    } catch (JsonEOFException e) {
      return null;
    }
  }

  /**
   * Calls a method that answers when something happens, however late.
   *
   * @throws IOException when the sentry ends before that
   */
  JsonNode await(String method, JsonNode argument) throws IOException, Refused {
    try (SocketChannel channel = connect()) {
      return result(exchange(channel, method, argument));
    } catch (JsonEOFException e) {
      throw e; // it ended while it answered
    } catch (JsonProcessingException e) {
      throw failed(method, e);
    }
  }

  JsonNode await(String method, String argument) throws IOException, Refused {
    return await(method, JSON.getNodeFactory().textNode(argument));
  }

  private static SandboxException interrupted(String method, InterruptedException e) {
    Thread.currentThread().interrupt();
    return new SandboxException(ErrorCode.UNAVAILABLE, "interrupted during " + method, e);
  }

  private SandboxException late(String method, Exception e) {
    return new SandboxException(
        ErrorCode.DEADLINE_EXCEEDED,
        "the sentry at " + path + " did not answer " + method + " in time",
        e);
  }

  private SandboxException failed(String method, IOException e) {
    if (e instanceof JsonProcessingException && !(e instanceof JsonEOFException)) {
      return nonsense(method, "something that is no answer, or too long a one", e);
    }
    return unreachable(method, e);
  }

  /** It answered, and not what this version of it should. */
  SandboxException nonsense(String method, String what, @Nullable Exception e) {
    return new SandboxException(
        ErrorCode.PROGRAM_FAILED,
        "the sentry at " + path + " answered " + method + " with " + what,
        e);
  }

  private SandboxException unreachable(String method, IOException e) {
    return new SandboxException(
        ErrorCode.UNAVAILABLE,
        "the sentry at "
            + path
            + " cannot be reached for "
            + method
            + ": it has ended, or never ran",
        e);
  }

  /** As {@link UnixSockets#connect}: a hundred calls at once fill the sentry's queue. */
  private SocketChannel connect() throws IOException {
    long end = System.nanoTime() + BUSY_PATIENCE.toNanos();
    while (true) {
      try {
        return connectOnce();
      } catch (SocketException e) {
        // On a virtual thread Java's connect does not wait; it has only words for EAGAIN.
        if (!String.valueOf(e.getMessage()).contains("temporarily unavailable")
            || System.nanoTime() - end >= 0
            || Thread.currentThread().isInterrupted()) {
          throw e;
        }
        LockSupport.parkNanos(BUSY_PAUSE.toNanos());
      }
    }
  }

  private SocketChannel connectOnce() throws IOException {
    SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
    try {
      channel.connect(UnixDomainSocketAddress.of(path));
      return channel;
    } catch (IOException e) {
      channel.close();
      throw e;
    }
  }

  static byte[] request(String method, JsonNode argument) throws IOException {
    ObjectNode request = JSON.createObjectNode().put("method", method);
    request.set("arg", argument);
    return JSON.writeValueAsBytes(request);
  }

  private static JsonNode exchange(SocketChannel channel, String method, JsonNode argument)
      throws IOException {
    ByteBuffer request = ByteBuffer.wrap(request(method, argument));
    while (request.hasRemaining()) {
      channel.write(request);
    }
    // The connection stays open behind the answer: read one object, not to the end.
    try (JsonParser parser = JSON.getFactory().createParser(Channels.newInputStream(channel))) {
      JsonNode answer = JSON.readTree(parser);
      if (answer == null) {
        throw new IOException("connection closed without an answer");
      }
      return answer;
    }
  }

  private static JsonNode result(JsonNode answer) throws Refused {
    if (!answer.path("success").booleanValue()) {
      throw new Refused(answer.path("err").asText("no reason given"));
    }
    return answer.path("result");
  }
}
