package dev.cofferdam.shim.main;

import dev.cofferdam.linux.Fd;
import dev.cofferdam.linux.UnixSockets;
import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Waits for a next shim and hands everything over to it. Whichever of the two is killed at whatever
 * instant: the other one goes on, or takes everything back.
 */
final class HandOver implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(HandOver.class);
  private static final Duration ASKING = Duration.ofSeconds(5);

  private final Path socket;
  private final Fd listening;
  private final Duration starting;
  private final Running running;
  private volatile boolean over;

  /** The shim that runs, step by step. */
  interface Running {
    /** Comes to rest; or says why it cannot now, and goes on. */
    Optional<String> prepare() throws InterruptedException;

    /** Goes on after {@link #prepare}. */
    void goOn();

    /**
     * Writes nothing from now on, and lets go of all locks; gives what callers connect to.
     *
     * @param attached whether the next one goes on with clients that are attached
     */
    Fd letGo(boolean attached) throws IOException;

    /** The next one serves: what still runs here runs to its end. */
    void retire();

    /** The next one is gone: takes up everything again. */
    void takeBack();
  }

  private HandOver(Path socket, Fd listening, Duration starting, Running running) {
    this.socket = socket;
    this.listening = listening;
    this.starting = starting;
    this.running = running;
  }

  /**
   * Listens.
   *
   * @param socket whatever is there is replaced: who has the node's locks says who runs
   * @param starting how long the next one may take from being handed all until it serves
   */
  static HandOver listen(Path socket, Duration starting, Running running) throws IOException {
    Path unready = socket.resolveSibling(socket.getFileName() + ".new");
    Files.deleteIfExists(unready);
    Fd listening = UnixSockets.listen(unready, 8);
    Files.setPosixFilePermissions(unready, PosixFilePermissions.fromString("rw-------"));
    Files.move(
        unready, socket, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    HandOver handOver = new HandOver(socket, listening, starting, running);
    Thread.ofVirtual().name("hand-over").start(handOver::run);
    return handOver;
  }

  private void run() {
    while (!over) {
      try (Fd next = UnixSockets.accept(listening)) {
        serve(next);
      } catch (ClosedChannelException | InterruptedException stopped) {
        return;
      } catch (IOException e) {
        LOG.warn("another shim asked for the pods and broke off: {}", e.getMessage());
      } catch (RuntimeException e) {
        LOG.error("handing over failed", e);
      }
    }
  }

  private void serve(Fd next) throws IOException, InterruptedException {
    ControlLine asked = ControlLine.receive(next, ASKING);
    asked.fds().forEach(Fd::close);
    if (!asked.text().startsWith(ControlLine.TAKE_OVER)) {
      ControlLine.send(next, ControlLine.BUSY + "it understands take-over only", List.of());
      return;
    }
    Optional<String> busy = running.prepare();
    if (busy.isPresent()) {
      ControlLine.send(next, ControlLine.BUSY + busy.get(), List.of());
      return;
    }
    LOG.info("handing over to another shim");
    over = true;
    boolean serves = false;
    try {
      // From here on the next one has the name; it replaces the file.
      listening.close();
      try (Fd callers = running.letGo(asked.text().contains(ControlLine.ATTACHED))) {
        ControlLine.send(next, ControlLine.YOURS, List.of(callers));
      }
      serves = ControlLine.receive(next, starting).text().equals(ControlLine.SERVING);
    } catch (IOException e) {
      LOG.warn("the next shim did not come up: {}", e.getMessage());
    } finally {
      if (serves) {
        running.retire();
      } else {
        running.takeBack();
      }
    }
  }

  @Override
  public void close() throws IOException {
    if (!over) {
      over = true;
      listening.close();
      Files.deleteIfExists(socket);
    }
  }
}
