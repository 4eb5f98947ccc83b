package dev.cofferdam.operator.fleet;

import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * Which nodes have not been heard of for too long, by this process's own clock: what counts is when
 * a node's Lease was last seen to change, so that no node's clock matters. After an outage nobody
 * is stale before the grace period has passed again, nor after a node was not ready. Not
 * thread-safe.
 */
public final class Heartbeats {
  private final Duration grace;
  private final Duration longestPause;
  private final Map<String, Beat> beats = new HashMap<>();
  private Duration lastLook = Duration.ZERO;
  private boolean outage = true;

  private record Beat(String renewTime, Duration seenAt, boolean ready) {}

  /**
   * For nodes that are not known yet.
   *
   * @param grace how long a Lease may stay as it is
   * @param longestPause between two looks; after a longer one (an outage, or this process was
   *     stopped) every node's period begins anew
   */
  public Heartbeats(Duration grace, Duration longestPause) {
    this.grace = grace;
    this.longestPause = longestPause;
  }

  /** The API server could not be asked. */
  public void outage() {
    outage = true;
  }

  /**
   * Takes what the Leases say now.
   *
   * @param renewTimes by node
   * @param expected nodes that should have a Lease
   * @param notReady nodes that are not ready
   * @param now on a clock that only goes forward
   * @return the nodes that are stale
   */
  public Set<String> look(
      Map<String, String> renewTimes, Set<String> expected, Set<String> notReady, Duration now) {
    boolean anew = outage || now.minus(lastLook).compareTo(longestPause) > 0;
    outage = false;
    lastLook = now;
    beats.keySet().removeIf(name -> !expected.contains(name));
    Set<String> stale = new HashSet<>();
    for (String name : expected) {
      String renewTime = renewTimes.getOrDefault(name, "");
      Beat last = beats.get(name);
      boolean ready = !notReady.contains(name);
      boolean back = last != null && ready && !last.ready();
      if (anew || last == null || back || !last.renewTime().equals(renewTime)) {
        beats.put(name, new Beat(renewTime, now, ready));
        continue;
      }
      beats.put(name, new Beat(renewTime, last.seenAt(), ready));
      if (now.minus(last.seenAt()).compareTo(grace) > 0) {
        stale.add(name);
      }
    }
    return stale;
  }
}
