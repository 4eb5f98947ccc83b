package dev.cofferdam.shim.stream;

import io.netty.channel.Channel;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.Set;

/**
 * Connections that have not proved yet that they may be here. Anybody on the node can open as many
 * as he likes, so where there are too many the oldest goes: who has a token uses it at once, and
 * whoever only holds the door shuts it on himself. On the event loop only.
 */
final class Handshakes {
  private final int limit;
  private final Set<Channel> waiting = new LinkedHashSet<>();

  Handshakes(int limit) {
    this.limit = limit;
  }

  void begun(Channel channel) {
    if (waiting.size() >= limit) {
      Iterator<Channel> oldest = waiting.iterator();
      Channel gone = oldest.next();
      oldest.remove();
      Wire.close(gone);
    }
    waiting.add(channel);
  }

  /** It was upgraded or refused, or has closed. */
  void ended(Channel channel) {
    waiting.remove(channel);
  }

  int count() {
    return waiting.size();
  }
}
