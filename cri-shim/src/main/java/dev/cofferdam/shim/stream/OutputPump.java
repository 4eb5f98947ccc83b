package dev.cofferdam.shim.stream;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.time.Duration;
import java.util.Optional;

/**
 * Copies one output of a process to the client. It goes on reading after the client has gone, so
 * that the process does not hang on a full pipe.
 */
final class OutputPump {
  private static final int BUFFER_BYTES = 32 * 1024;

  private final Thread thread;

  /** When the read that is under way began; zero while there is none. */
  private volatile long readingSinceNanos;

  OutputPump(String name, InputStream from, Optional<OutputStream> to) {
    thread = Thread.ofVirtual().name(name).start(() -> run(from, to));
  }

  private void run(InputStream from, Optional<OutputStream> to) {
    Optional<OutputStream> client = to;
    byte[] buffer = new byte[BUFFER_BYTES];
    try {
      while (true) {
        readingSinceNanos = Math.max(1, System.nanoTime());
        int count = from.read(buffer);
        readingSinceNanos = 0;
        if (count < 0) {
          return;
        }
        client = forward(client, buffer, count);
      }
    } catch (IOException _) {
      // The process's end was closed: there is no more output.
    }
  }

  private static Optional<OutputStream> forward(
      Optional<OutputStream> client, byte[] buffer, int count) {
    try {
      if (client.isPresent()) {
        client.get().write(buffer, 0, count);
      }
      return client;
    } catch (IOException _) {
      return Optional.empty();
    }
  }

  /**
   * Waits, after the process has ended, until its output is through: all of it, however slow the
   * client; or, if a child holds the pipe open, until it has said nothing for {@code quiet}.
   */
  void finish(Duration quiet) throws InterruptedException {
    while (!thread.join(quiet)) {
      long since = readingSinceNanos;
      if (since != 0 && System.nanoTime() - since >= quiet.toNanos()) {
        return;
      }
    }
  }
}
