package dev.cofferdam.gvisor;

import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import com.fasterxml.jackson.core.io.JsonEOFException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.ObjectWriter;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.cofferdam.linux.Epoll;
import dev.cofferdam.linux.Fd;
import dev.cofferdam.linux.UnixSockets;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One connection to a sentry: questions one after the other, each a JSON object with an answer that
 * is one too (gVisor's {@code pkg/urpc}). The sentry is one exploit away from the workload: what it
 * says is bounded. Not thread-safe, but for {@link #close}, which ends a wait.
 */
final class ControlConnection implements AutoCloseable {

  /** Numbers, or lines of error text. */
  static final int SHORT_ANSWER = 64 << 10;

  /** Lists of all that a sandbox has. */
  static final int LONG_ANSWER = 8 << 20;

  private static final int USUAL_ANSWER = 1 << 10;

  private static final ObjectMapper JSON = new ObjectMapper();

  static {
    JSON.getFactory()
        .setStreamReadConstraints(StreamReadConstraints.builder().maxNestingDepth(64).build());
  }

  // What the mapper would look up for each call.
  private static final ObjectWriter QUESTIONS = JSON.writerFor(ObjectNode.class);
  private static final ObjectReader ANSWERS = JSON.readerFor(JsonNode.class);

  private final Fd socket;
  private final int longest;
  private byte[] bytes = new byte[USUAL_ANSWER];
  private int length;

  /**
   * @param socket owned from here on
   * @param longest bytes of an answer that are taken
   */
  ControlConnection(Fd socket, int longest) {
    this.socket = socket;
    this.longest = longest;
  }

  static ObjectNode object() {
    return JSON.createObjectNode();
  }

  /**
   * Asks, and gives the sentry open files. They stay open here.
   *
   * @throws SocketTimeoutException when it has not taken the question in time
   */
  void ask(String method, JsonNode argument, List<Fd> files, Duration patience)
      throws IOException, InterruptedException {
    ObjectNode question = object().put("method", method);
    question.set("arg", argument);
    UnixSockets.sendWithFds(socket, QUESTIONS.writeValueAsBytes(question), files, patience);
  }

  /**
   * The answer to what was asked; empty when it is not there in time, and can be waited for again.
   *
   * @throws JsonEOFException when the sentry ended while it answered
   * @throws com.fasterxml.jackson.core.JsonProcessingException when that is no answer
   * @throws IOException when it ended before
   */
  Optional<JsonNode> answer(Duration patience) throws IOException, InterruptedException {
    long end = System.nanoTime() + patience.toNanos();
    socket.awaitShortly(Epoll.IN, patience);
    while (true) {
      makeRoom();
      ByteBuffer free = ByteBuffer.wrap(bytes, length, bytes.length - length);
      UnixSockets.Received received;
      try {
        Duration left = Duration.ofNanos(Math.max(0, end - System.nanoTime()));
        received = UnixSockets.receiveWithFds(socket, free, left);
      } catch (SocketTimeoutException e) {
        return Optional.empty();
      }
      received.fds().forEach(Fd::close); // nobody asked for any
      JsonNode whole = received.bytes() < 0 ? brokenOff() : add(received.bytes());
      if (whole != null) {
        length = 0;
        return Optional.of(whole);
      }
    }
  }

  private void makeRoom() throws StreamConstraintsException {
    if (length < bytes.length) {
      return;
    }
    if (length >= longest) {
      throw new StreamConstraintsException("longer than " + length + " bytes");
    }
    bytes = Arrays.copyOf(bytes, Math.min(length * 8, longest));
  }

  /** The connection stays open behind an answer: only its own end tells that it is whole. */
  private @Nullable JsonNode add(int count) throws IOException {
    boolean first = length == 0;
    length += count;
    if (!first && bytes[length - 1] != '}') {
      return null;
    }
    try {
      return ANSWERS.readTree(bytes, 0, length);
    } catch (JsonEOFException e) {
      return null;
    }
  }

  private JsonNode brokenOff() throws IOException {
    if (length == 0) {
      throw new IOException("connection closed without an answer");
    }
    return ANSWERS.readTree(bytes, 0, length);
  }

  @Override
  public void close() {
    socket.close();
  }
}
