package dev.cofferdam.shim.check;

import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * When each variant is to be checked next. One that works: every interval. One that worked and is
 * lost may come back at any time: after seconds, then later and later. One that has not worked
 * since the node was booted may suffer from something that passes, such as a full disk: after a
 * minute, then later and later, up to an hour. A check that takes long, as on a slow machine or of
 * a device that hangs, has a tenth of the time at most. Not thread-safe.
 */
final class CheckTimes {
  private static final Duration FIRST_AFTER_LOSS = Duration.ofSeconds(6);
  private static final Duration FIRST_WITHOUT_PROOF = Duration.ofMinutes(1);
  private static final Duration LAST_WITHOUT_PROOF = Duration.ofHours(1);
  private static final int SHARE = 10;
  private static final int MOST_DOUBLINGS = 20;

  /** What is not known yet is due at once. */
  private record Times(int failures, Instant due) {}

  private final Duration interval;
  private final Map<String, Times> times = new HashMap<>();
  private final Set<String> everWorked = new HashSet<>();

  CheckTimes(Duration interval) {
    this.interval = interval;
  }

  /** Takes up that a variant worked before, without a check of it now. */
  void worked(String name) {
    everWorked.add(name);
  }

  /** A variant was checked. */
  void checked(Finding finding, Instant now) {
    String name = finding.name();
    if (finding.works()) {
      everWorked.add(name);
      times.put(name, new Times(0, now.plus(max(interval, share(finding)))));
      return;
    }
    Times before = times.get(name);
    int failures = before == null ? 1 : before.failures() + 1;
    if (failures == 1 && everWorked.contains(name)) {
      soonAll(now); // what took this one may have taken others
    }
    times.put(name, new Times(failures, now.plus(pause(finding, failures))));
  }

  private Duration pause(Finding finding, int failures) {
    boolean lost = everWorked.contains(finding.name());
    Duration first = lost ? FIRST_AFTER_LOSS : FIRST_WITHOUT_PROOF;
    Duration last = lost ? interval : max(interval, LAST_WITHOUT_PROOF);
    Duration doubled = first.multipliedBy(1L << Math.min(MOST_DOUBLINGS, failures - 1));
    return min(last, max(doubled, share(finding)));
  }

  /** The least time until the next check of what took so long. */
  private static Duration share(Finding finding) {
    return Duration.ofMillis(SHARE * finding.tookMillis());
  }

  private void soonAll(Instant now) {
    times.replaceAll(
        (_, known) ->
            known.failures() > 0
                ? known
                : new Times(0, earlier(known.due(), now.plus(FIRST_AFTER_LOSS))));
  }

  /** Whether a variant is to be checked now. */
  boolean due(String name, Instant now) {
    Times known = times.get(name);
    return known == null || !now.isBefore(known.due());
  }

  /** How long nothing is due; not negative. */
  Duration untilNext(Collection<String> names, Instant now) {
    return names.stream()
        .map(name -> due(name, now) ? Duration.ZERO : Duration.between(now, due(name)))
        .reduce(interval, CheckTimes::min);
  }

  private Instant due(String name) {
    Times known = times.get(name);
    return known == null ? Instant.MIN : known.due();
  }

  /** Something has changed: all are due. */
  void forget() {
    times.clear();
  }

  private static Instant earlier(Instant one, Instant other) {
    return one.isBefore(other) ? one : other;
  }

  private static Duration min(Duration one, Duration other) {
    return one.compareTo(other) < 0 ? one : other;
  }

  private static Duration max(Duration one, Duration other) {
    return one.compareTo(other) > 0 ? one : other;
  }
}
