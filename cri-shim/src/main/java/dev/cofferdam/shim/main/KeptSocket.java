package dev.cofferdam.shim.main;

import dev.cofferdam.linux.Fd;
import dev.cofferdam.sandbox.SandboxException;
import dev.cofferdam.shim.front.ListeningSocket;
import dev.cofferdam.shim.keeper.Keeper;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The keeper's copy of the socket that is served. While no shim runs, however the last one ended,
 * callers are not refused but wait in its queue: kubelet, once refused, stays away for seconds.
 * After a while they are refused all the same, since a node without a shim must say so.
 */
final class KeptSocket implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(KeptSocket.class);
  private static final String PREFIX = "cri-socket/";

  private final Keeper keeper;
  private final ListeningSocket socket;
  private final Duration keptFor;
  private @Nullable Fd hold;
  private boolean closed;

  private KeptSocket(Keeper keeper, ListeningSocket socket, Duration keptFor) {
    this.keeper = keeper;
    this.socket = socket;
    this.keptFor = keptFor;
  }

  /** What a shim before left with the keeper, if it is still what callers find. */
  static Optional<Fd> find(Keeper keeper, ListeningSocket socket) {
    try {
      Optional<String> name = socket.mark().map(mark -> PREFIX + mark);
      for (String other : keeper.names()) {
        if (other.startsWith(PREFIX) && !name.equals(Optional.of(other))) {
          keeper.drop(other);
        }
      }
      return name.flatMap(keeper::get);
    } catch (IOException | SandboxException e) {
      LOG.warn("whether the keeper has the socket is not known: {}", e.getMessage());
      return Optional.empty();
    }
  }

  /** From now on the keeper has a copy. */
  static KeptSocket with(Keeper keeper, ListeningSocket socket, Duration keptFor) {
    KeptSocket kept = new KeptSocket(keeper, socket, keptFor);
    kept.hold();
    keeper.onRestart(kept::hold);
    return kept;
  }

  private synchronized void hold() {
    if (closed) {
      return;
    }
    try {
      Optional<String> mark = socket.mark();
      if (mark.isPresent()) {
        hold = keeper.hold(PREFIX + mark.get(), socket.listening(), keptFor);
        socket.leaveToOthers(true);
      }
    } catch (IOException | SandboxException e) {
      socket.leaveToOthers(false);
      LOG.warn("callers will be refused while the shim is started anew: {}", e.getMessage());
    }
  }

  /** The keeper's time begins to run. */
  @Override
  public synchronized void close() {
    closed = true;
    if (hold != null) {
      hold.close();
    }
  }
}
