package dev.cofferdam.microvm.firecracker;

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
import java.util.Locale;

/**
 * One HTTP/1.1 request over a Unix socket, on a connection of its own. As little of HTTP as
 * Firecracker's server speaks: no chunks, a length or no body.
 */
final class HttpExchange {

  /** Firecracker's longest answer, a machine's whole configuration, has some kilobytes. */
  private static final int LONGEST_ANSWER_BYTES = 1 << 20;

  private static final String LENGTH = "content-length:";

  private HttpExchange() {}

  /**
   * @param status such as 204
   * @param body blank where there is none
   */
  record Answer(int status, String body) {}

  static Answer send(Path socket, String method, String path, String body, Deadline deadline) {
    byte[] content = body.getBytes(StandardCharsets.UTF_8);
    String head =
        method
            + " "
            + path
            + " HTTP/1.1\r\nHost: localhost\r\nAccept: application/json\r\n"
            + (content.length == 0
                ? ""
                : "Content-Type: application/json\r\nContent-Length: " + content.length + "\r\n")
            + "\r\n";
    ByteArrayOutputStream request = new ByteArrayOutputStream();
    request.writeBytes(head.getBytes(StandardCharsets.US_ASCII));
    request.writeBytes(content);
    try (Fd connection = UnixSockets.connect(socket)) {
      UnixSockets.sendWithFds(connection, request.toByteArray(), List.of(), deadline.remaining());
      return receive(connection, deadline);
    } catch (IOException e) {
      boolean late = e instanceof SocketTimeoutException;
      throw new SandboxException(
          late ? ErrorCode.DEADLINE_EXCEEDED : ErrorCode.UNAVAILABLE,
          "Firecracker did not answer to " + method + " " + path + ": " + e.getMessage(),
          e);
    } catch (InterruptedException e) {
      throw Failures.interrupted("waiting for Firecracker", e);
    }
  }

  private static Answer receive(Fd connection, Deadline deadline)
      throws IOException, InterruptedException {
    ByteArrayOutputStream received = new ByteArrayOutputStream();
    ByteBuffer buffer = ByteBuffer.allocate(8 << 10);
    while (true) {
      String text = received.toString(StandardCharsets.ISO_8859_1);
      int end = text.indexOf("\r\n\r\n");
      if (end >= 0) {
        int from = end + 4;
        int length = contentLength(text.substring(0, end));
        if (text.length() - from >= length) {
          byte[] content = received.toByteArray();
          return new Answer(
              status(text), new String(content, from, length, StandardCharsets.UTF_8));
        }
      }
      if (received.size() > LONGEST_ANSWER_BYTES) {
        throw new IOException("an answer of more than " + LONGEST_ANSWER_BYTES + " bytes");
      }
      buffer.clear();
      var got = UnixSockets.receiveWithFds(connection, buffer, deadline.remaining());
      got.fds().forEach(Fd::close);
      if (got.bytes() < 0) {
        throw new IOException("the connection was closed within an answer");
      }
      received.write(buffer.array(), 0, got.bytes());
    }
  }

  /** The status line ends in a blank, without a reason: {@code HTTP/1.1 204 }. */
  private static int status(String text) throws IOException {
    String[] fields = text.substring(0, text.indexOf("\r\n")).split(" ", 3);
    if (fields.length < 2
        || !fields[0].startsWith("HTTP/1.")
        || !fields[1].matches("[1-5]\\d\\d")) {
      throw new IOException("this is no answer in HTTP: " + text.lines().findFirst().orElse(""));
    }
    return Integer.parseInt(fields[1]);
  }

  private static int contentLength(String head) throws IOException {
    for (String line : head.lines().toList()) {
      if (line.toLowerCase(Locale.ROOT).startsWith(LENGTH)) {
        String number = line.substring(LENGTH.length()).strip();
        if (!number.matches("\\d{1,7}")) {
          throw new IOException("an answer of " + number + " bytes");
        }
        return Integer.parseInt(number);
      }
    }
    return 0;
  }
}
