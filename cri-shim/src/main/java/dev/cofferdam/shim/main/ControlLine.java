package dev.cofferdam.shim.main;

import dev.cofferdam.linux.Fd;
import dev.cofferdam.linux.UnixSockets;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * What two shims say to each other: lines, one of them with a descriptor.
 *
 * <pre>
 * next:     take-over 1 WORDS   the number is the protocol's, which is only ever added to; of the
 *                               words there is "attached": it goes on with clients that the keeper
 *                               has a socket of
 * running:  busy WHY        not now; or else:
 * running:  yours           with the socket that callers connect to; nothing is the running one's
 *                           any more but what it still carries to its end
 * next:     serving         it has taken up all pods, and serves
 * </pre>
 */
record ControlLine(String text, List<Fd> fds) {
  static final String TAKE_OVER = "take-over 1";
  static final String ATTACHED = " attached";
  static final String BUSY = "busy ";
  static final String YOURS = "yours";
  static final String SERVING = "serving";

  private static final int LONGEST = 4096;
  private static final Duration SENDING = Duration.ofSeconds(5);

  ControlLine {
    fds = List.copyOf(fds);
  }

  static void send(Fd connection, String text, List<Fd> fds)
      throws IOException, InterruptedException {
    String line = text.replace('\n', ' ') + "\n";
    UnixSockets.sendWithFds(connection, line.getBytes(StandardCharsets.UTF_8), fds, SENDING);
  }

  /**
   * Waits for the next line.
   *
   * @throws EOFException when the other one is gone
   */
  static ControlLine receive(Fd connection, Duration timeout)
      throws IOException, InterruptedException {
    long end = System.nanoTime() + timeout.toNanos();
    ByteBuffer bytes = ByteBuffer.allocate(LONGEST);
    List<Fd> fds = new ArrayList<>();
    try {
      while (bytes.position() == 0 || bytes.get(bytes.position() - 1) != '\n') {
        if (!bytes.hasRemaining()) {
          throw new IOException("the other shim says too much");
        }
        Duration left = Duration.ofNanos(Math.max(0, end - System.nanoTime()));
        UnixSockets.Received received = UnixSockets.receiveWithFds(connection, bytes, left);
        fds.addAll(received.fds());
        if (received.bytes() < 0) {
          throw new EOFException("the other shim is gone");
        }
      }
    } catch (IOException | InterruptedException e) {
      fds.forEach(Fd::close);
      throw e;
    }
    String text = new String(bytes.array(), 0, bytes.position() - 1, StandardCharsets.UTF_8);
    return new ControlLine(text, fds);
  }
}
