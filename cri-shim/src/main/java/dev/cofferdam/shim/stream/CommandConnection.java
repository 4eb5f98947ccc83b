package dev.cofferdam.shim.stream;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Optional;

/**
 * An exec or attach session's connection once all its streams are there, whichever way it came.
 *
 * @param resizes JSON objects with the size of the client's terminal
 * @param error takes the status at the end
 * @param end closes the connection after all that was written is sent
 */
record CommandConnection(
    CommandProtocol protocol,
    ClientStreams client,
    Optional<InputStream> resizes,
    OutputStream error,
    Runnable end) {

  /** Tells the client how it ended, and closes. */
  void finish(RemoteStatus status) {
    try {
      client.stdin().ifPresent(CommandConnection::closeQuietly);
      client.stdout().ifPresent(CommandConnection::closeQuietly);
      client.stderr().ifPresent(CommandConnection::closeQuietly);
      byte[] encoded = status.encoded(protocol);
      if (encoded.length > 0) {
        error.write(encoded);
      }
      error.close();
    } catch (IOException _) {
      // The client has gone: nobody wants to know how it ended.
    } finally {
      end.run();
    }
  }

  private static void closeQuietly(AutoCloseable stream) {
    try {
      stream.close();
    } catch (Exception _) {
      // As in finish: the client has gone.
    }
  }
}
