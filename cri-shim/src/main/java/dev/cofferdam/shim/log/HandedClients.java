package dev.cofferdam.shim.log;

import dev.cofferdam.linux.Fd;
import dev.cofferdam.sandbox.SandboxException;
import dev.cofferdam.shim.keeper.Keeper;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Clients that stay attached while one shim takes over from another. Their connections end in the
 * shim before, which relays; the next one finds a socket to each with the keeper, and has all of
 * them before it reads the first byte: so nothing is missing, and nothing comes twice.
 */
final class HandedClients {
  private static final Logger LOG = LoggerFactory.getLogger(HandedClients.class);
  private static final String CUT_OFF = "the shim was replaced; attach again";

  /** What a client that is handed on a second time may take for what is still before it. */
  private static final Duration PATIENCE = Duration.ofSeconds(5);

  private final Keeper keeper;

  HandedClients(Keeper keeper) {
    this.keeper = keeper;
  }

  /** Leaves a client of a container for the next shim to find; or cuts it off. */
  void leave(String containerId, Path folder, Subscriber client, int number) {
    try {
      if (number >= ClientRelay.MOST || !left(containerId, folder, client, number)) {
        client.cutOff(CUT_OFF);
      }
    } catch (IOException | SandboxException e) {
      LOG.warn("a client of container {} is not handed over: {}", containerId, e.getMessage());
      client.cutOff(CUT_OFF);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      client.cutOff(CUT_OFF);
    }
  }

  private boolean left(String containerId, Path folder, Subscriber client, int number)
      throws IOException, InterruptedException {
    String name = ClientRelay.keeperName(containerId, number);
    Optional<ClientRelay> from = client.from();
    if (from.isPresent()) {
      // Two shims must not write to it at the same time.
      keeper.put(name, from.get().socket());
      if (client.awaitTaken(PATIENCE)) {
        return true;
      }
      keeper.drop(name);
      return false;
    }
    ClientRelay.Pair pair = ClientRelay.open(folder);
    try (Fd there = pair.there()) {
      keeper.put(name, there);
    } catch (SandboxException e) {
      pair.here().close();
      throw e;
    }
    client.continueWith(pair.here());
    return true;
  }

  /** Those that the shim before has left of a container; they are nobody else's from then on. */
  List<ClientRelay> take(String containerId) {
    List<ClientRelay> taken = new ArrayList<>();
    for (int number = 0; number < ClientRelay.MOST; number++) {
      String name = ClientRelay.keeperName(containerId, number);
      Optional<Fd> left = keeper.get(name);
      if (left.isEmpty()) {
        break;
      }
      keeper.drop(name);
      taken.add(new ClientRelay(left.get()));
    }
    return taken;
  }
}
