package dev.cofferdam.shim.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** Who gets a container's live output. Changed on the pump's thread only. */
final class Subscribers {
  private final List<Subscriber> all = new CopyOnWriteArrayList<>();

  void add(Subscriber subscriber) {
    all.add(subscriber);
  }

  void remove(Subscriber subscriber) {
    all.remove(subscriber);
  }

  /** Passes on what a stream's spool has got from a position up to its end. */
  void deliver(LogStream stream, Spool spool, long from) throws IOException {
    if (all.isEmpty()) {
      return;
    }
    ByteBuffer bytes = ByteBuffer.allocate((int) (spool.size() - from));
    spool.read(from, spool.size(), bytes);
    for (Subscriber subscriber : all) {
      subscriber.offer(stream, bytes);
    }
  }

  /** Whether one of them has so much before it that the source should wait. */
  boolean behind() {
    return all.stream().anyMatch(Subscriber::isBehind);
  }

  /** Ends those that are still behind. */
  void cutOffSlow(String reason) {
    for (Iterator<Subscriber> i = all.iterator(); i.hasNext(); ) {
      Subscriber subscriber = i.next();
      if (subscriber.isBehind()) {
        all.remove(subscriber);
        subscriber.cutOff(reason);
      }
    }
  }

  /** Ends all, with a reason to tell. */
  void cutOff(String reason) {
    all.forEach(subscriber -> subscriber.cutOff(reason));
    all.clear();
  }

  /** All of them, who are no longer here then. */
  List<Subscriber> takeAll() {
    List<Subscriber> taken = List.copyOf(all);
    all.clear();
    return taken;
  }

  /** Ends all, after they have got what is theirs. */
  void end() {
    all.forEach(Subscriber::finish);
    all.clear();
  }
}
