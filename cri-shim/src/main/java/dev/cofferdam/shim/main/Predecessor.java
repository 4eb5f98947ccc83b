package dev.cofferdam.shim.main;

import dev.cofferdam.linux.Errno;
import dev.cofferdam.linux.Fd;
import dev.cofferdam.linux.LinuxException;
import dev.cofferdam.linux.UnixSockets;
import java.io.EOFException;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The shim that ran before this one, and has given everything up for it. */
final class Predecessor implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Predecessor.class);
  private static final Duration PAUSE = Duration.ofMillis(500);

  private final Fd connection;
  private final Fd socket;

  private Predecessor(Fd connection, Fd socket) {
    this.connection = connection;
    this.socket = socket;
  }

  /**
   * Asks the running shim to give everything up. One that is in the middle of something is asked
   * again.
   *
   * @param control its control socket
   * @return empty when none runs; or when it died just now, which comes to the same
   * @throws IOException when it does not give up in time
   */
  static Optional<Predecessor> ask(Path control, Duration timeout)
      throws IOException, InterruptedException {
    long end = System.nanoTime() + timeout.toNanos();
    while (true) {
      Optional<Fd> connected = connect(control);
      if (connected.isEmpty()) {
        return Optional.empty();
      }
      String why = "it broke off";
      Fd connection = connected.get();
      try {
        ControlLine.send(connection, ControlLine.TAKE_OVER + ControlLine.ATTACHED, List.of());
        ControlLine answer = ControlLine.receive(connection, timeout);
        if (answer.text().equals(ControlLine.YOURS) && !answer.fds().isEmpty()) {
          return Optional.of(new Predecessor(connection, answer.fds().getFirst()));
        }
        answer.fds().forEach(Fd::close);
        why = answer.text();
      } catch (EOFException died) {
        // Asked again, it is not there, or says more.
      } catch (IOException | InterruptedException e) {
        connection.close();
        throw e;
      }
      connection.close();
      if (System.nanoTime() - end > 0) {
        throw new IOException("the running shim does not give up its pods: " + why);
      }
      LOG.info("the running shim is asked again: {}", why);
      Thread.sleep(PAUSE);
    }
  }

  private static Optional<Fd> connect(Path control) throws IOException {
    try {
      return Optional.of(UnixSockets.connect(control));
    } catch (LinuxException e) {
      if (e.errno() == Errno.ENOENT || e.errno() == Errno.ECONNREFUSED) {
        return Optional.empty();
      }
      throw e;
    }
  }

  /** What callers connect to; the caller of this closes it. */
  Fd socket() {
    return socket;
  }

  /** From now on it need not wait to take everything back. */
  void weServe() throws InterruptedException {
    try {
      ControlLine.send(connection, ControlLine.SERVING, List.of());
    } catch (IOException gone) {
      LOG.info("the shim before has ended already: {}", gone.getMessage());
    }
  }

  @Override
  public void close() {
    connection.close();
  }
}
