package dev.cofferdam.shim.live;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

/** The last few calls about a pod. Thread-safe. */
public final class RecentCalls {
  private static final int KEPT = 24;
  private static final int LONGEST = 400;

  private final Deque<String> lines = new ArrayDeque<>();

  /** Takes note of a call that is over. */
  public synchronized void add(String call) {
    if (lines.size() == KEPT) {
      lines.removeFirst();
    }
    String line = Instant.now().truncatedTo(ChronoUnit.MILLIS) + " " + call;
    lines.addLast(line.length() <= LONGEST ? line : line.substring(0, LONGEST) + "…");
  }

  /** The oldest first. */
  public synchronized List<String> lines() {
    return List.copyOf(lines);
  }
}
