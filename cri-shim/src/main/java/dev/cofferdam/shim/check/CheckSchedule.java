package dev.cofferdam.shim.check;

import dev.cofferdam.sandbox.ProbeResult;
import dev.cofferdam.shim.handler.Proofs;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Checks the node while the shim runs: at once, then every now and then, and when one of the
 * backends' programs has changed. Pods never wait for it. Thread-safe.
 */
public final class CheckSchedule implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(CheckSchedule.class);
  private static final Duration LOOK = Duration.ofSeconds(2);
  private static final double JITTER = 0.1;
  private static final int MOST_DOUBLINGS = 8;

  /** A shim that took up what was found before has better things to do than to look again. */
  private static final Duration AFTER_RESTART = Duration.ofMinutes(1);

  private final NodeCheck check;
  private final Proofs proofs;
  private final CheckMemory memory;
  private final CheckTimes times;
  private final Optional<Duration> overheadInterval;
  private final Consumer<NodeReport> listener;
  private final Map<String, Instant> measuredAt = new HashMap<>();
  private final Semaphore asked = new Semaphore(0);
  private int failedRounds;
  private final Thread thread = Thread.ofVirtual().name("checks").unstarted(this::run);
  private volatile @Nullable NodeReport latest;
  private volatile Map<String, LiveOverhead> live = Map.of();

  /**
   * @param overheadInterval how often what a sandbox costs is measured; empty: never
   * @param listener told of each report, on the schedule's thread
   */
  public CheckSchedule(
      NodeCheck check,
      Proofs proofs,
      CheckMemory memory,
      Duration interval,
      Optional<Duration> overheadInterval,
      Consumer<NodeReport> listener) {
    this.check = check;
    this.proofs = proofs;
    this.memory = memory;
    this.times = new CheckTimes(interval);
    this.overheadInterval = overheadInterval;
    this.listener = listener;
  }

  /** Takes up what was known before, and begins; the shim must serve. */
  public void start() {
    memory.load().ifPresent(this::remember);
    thread.start();
  }

  private void remember(NodeReport known) {
    boolean same = known.programs().equals(ProgramIdentity.of(check.programs()));
    if (same) {
      publish(known);
      known.findings().stream()
          .filter(finding -> finding.overhead().isPresent())
          .forEach(finding -> measuredAt.put(finding.name(), Instant.parse(known.checkedAt())));
    }
  }

  /** Something has changed that a check would see: all is checked anew. Returns at once. */
  public void checkNow() {
    asked.release();
  }

  /** The newest report; empty until there is one. */
  public Optional<NodeReport> latest() {
    return Optional.ofNullable(latest);
  }

  /** What live pods cost, by variant's name, when that was last looked at. */
  public Map<String, LiveOverhead> live() {
    return live;
  }

  private void run() {
    try {
      if (latest != null) {
        sweep();
        pause(ProgramIdentity.of(check.programs()), AFTER_RESTART);
      } else {
        lookBelow();
      }
      while (true) {
        String programs = ProgramIdentity.of(check.programs());
        round();
        lookAtLivePods();
        pause(programs, next());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // close() asks us to end
    }
  }

  /** The next check would do so too, in an hour maybe. */
  private void sweep() throws InterruptedException {
    try {
      check.sweep();
    } catch (IOException | RuntimeException e) {
      LOG.warn("what a check before this start left is not removed yet: {}", e.getMessage());
    }
  }

  /** Policies may ask for it, and pods don't wait for a check. */
  private void lookBelow() throws InterruptedException {
    try {
      proofs.recordGround(check.ground().virtualMachine());
    } catch (IOException e) {
      LOG.warn("what is below this node is not known before it is checked: {}", e.getMessage());
    }
  }

  private Duration next() {
    Duration next = times.untilNext(check.variants(), Instant.now());
    // What could not be checked at all, for containerd is away, say, is due still.
    Duration least = LOOK.multipliedBy(1L << Math.min(MOST_DOUBLINGS, failedRounds));
    return next.compareTo(least) < 0 ? least : next;
  }

  private void pause(String programs, Duration time) throws InterruptedException {
    double share = 1 + ThreadLocalRandom.current().nextDouble(JITTER);
    long end = System.nanoTime() + Math.round(time.toNanos() * share);
    while (System.nanoTime() - end < 0) {
      long left = end - System.nanoTime();
      if (asked.tryAcquire(Math.min(LOOK.toNanos(), left), TimeUnit.NANOSECONDS)) {
        asked.drainPermits();
        times.forget();
        return;
      }
      if (!programs.equals(ProgramIdentity.of(check.programs()))) {
        LOG.info("a program of a backend has changed: the node is checked anew");
        times.forget();
        measuredAt.clear();
        return;
      }
    }
  }

  private void round() throws InterruptedException {
    try {
      Set<String> due = due();
      if (!due.isEmpty()) {
        check(due::contains);
      }
      List<String> unmeasured =
          latest().stream()
              .flatMap(report -> report.findings().stream())
              .filter(finding -> finding.works() && !measured(finding.name()))
              .map(Finding::name)
              .toList();
      if (!unmeasured.isEmpty()) {
        NodeReport costs = check.run(unmeasured::contains, unmeasured::contains);
        unmeasured.forEach(name -> measuredAt.put(name, Instant.now()));
        publish(merge(costs, latest));
      }
      failedRounds = 0;
    } catch (IOException | RuntimeException e) {
      failedRounds++;
      // containerd is away, or a disk is full: what was found before stands until the next time.
      LOG.warn("the node could not be checked: {}", e.getMessage());
    }
  }

  private void lookAtLivePods() {
    try {
      live = check.livePods();
      latest().ifPresent(listener);
    } catch (RuntimeException e) {
      LOG.debug("what live pods cost is not known: {}", e.toString());
    }
  }

  private void check(Predicate<String> which) throws IOException, InterruptedException {
    NodeReport found = check.run(which, name -> false);
    List<String> lost =
        found.findings().stream()
            .filter(finding -> !finding.works() && worked(finding.name()))
            .map(Finding::name)
            .toList();
    if (!lost.isEmpty()) {
      LOG.warn("{} did not pass the check; once more before it is believed", lost);
      found = merge(check.run(lost::contains, name -> false), found);
    }
    Instant now = Instant.now();
    found.findings().forEach(finding -> times.checked(finding, now));
    publish(merge(found, latest));
  }

  /** With some slack: what is due a moment later need not have a check of its own. */
  private Set<String> due() {
    Instant soon = Instant.now().plus(LOOK);
    return check.variants().stream()
        .filter(name -> times.due(name, soon))
        .collect(Collectors.toSet());
  }

  private boolean worked(String name) {
    return latest().flatMap(report -> report.finding(name)).filter(Finding::works).isPresent();
  }

  private boolean measured(String name) {
    Instant at = measuredAt.get(name);
    return overheadInterval.isEmpty()
        || (at != null && Instant.now().isBefore(at.plus(overheadInterval.get())));
  }

  /** The newer report, with what only the older one has. */
  static NodeReport merge(NodeReport newer, @Nullable NodeReport older) {
    if (older == null) {
      return newer;
    }
    List<Finding> findings = new ArrayList<>();
    for (Finding before : older.findings()) {
      Finding now = newer.finding(before.name()).orElse(before);
      boolean costs = now.overhead().isPresent() || !newer.programs().equals(older.programs());
      findings.add(costs ? now : now.with(before.overhead()));
    }
    newer.findings().stream()
        .filter(finding -> older.finding(finding.name()).isEmpty())
        .forEach(findings::add);
    return newer.with(findings);
  }

  private void publish(NodeReport report) {
    for (Finding finding : report.findings()) {
      proofs.record(
          finding.backend(),
          finding.variant(),
          new ProbeResult(
              finding.works(),
              finding.message(),
              finding.version(),
              Duration.ofMillis(finding.tookMillis())));
      if (finding.works()) {
        times.worked(finding.name());
      } else if (worked(finding.name())) {
        LOG.error("{} does not work any more: {}", finding.name(), finding.message());
      }
    }
    proofs.recordGround(report.ground().virtualMachine());
    latest = report;
    memory.save(report);
    listener.accept(report);
  }

  /** Stops; a pod that is being checked is ended by the next check. */
  @Override
  public void close() {
    thread.interrupt();
  }
}
