package dev.cofferdam.gvisor;

import dev.cofferdam.sandbox.Deadline;
import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.SandboxException;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Enforces the memory limits of a sandbox's containers, which the sentry counts but does not
 * enforce. No container can use more than the whole pod does, so nothing is asked while the pod's
 * cgroup is below the lowest limit: the kernel rings when it is passed. Above it, the sentry is
 * asked, and the alarm set to where the container closest to its limit could reach it. Thread-safe.
 */
final class MemoryWatch {
  private static final Logger LOG = LoggerFactory.getLogger(MemoryWatch.class);

  /** A container may grow while others shrink, which the pod's sum does not show. */
  private static final Duration NEAR = Duration.ofSeconds(1);

  private static final Duration FAR = Duration.ofHours(1);

  /** Between two looks: the sentry has other things to do. */
  private static final Duration PACE = Duration.ofMillis(5);

  private static final Duration ASKING = Duration.ofSeconds(10);
  private static final long LEAST_STEP = 64 << 10;

  private final Optional<Path> cgroup;
  private final String sandboxId;
  private final Control control;
  private final Optional<MemoryBrake> brake;
  private final Map<String, Watched> watched = new ConcurrentHashMap<>();
  private final ReentrantLock asking = new ReentrantLock();
  private volatile boolean over;
  private volatile @Nullable MemoryAlarm alarm;
  private @Nullable Thread thread;

  /** A container with a limit. */
  private static final class Watched {
    final long limit;
    final LongConsumer kill;
    volatile long used;
    volatile boolean killed;

    Watched(long limit, LongConsumer kill) {
      this.limit = limit;
      this.kill = kill;
    }
  }

  /**
   * @param cgroup the pod's, in the hierarchy that counts memory
   */
  MemoryWatch(
      String sandboxId, Optional<Path> cgroup, Control control, Layout layout, BrakeGuard guard) {
    this.brake =
        cgroup.map(
            folder ->
                new MemoryBrake(new WorkloadCgroup(folder), layout, guard, this::leastHeadroom));
    this.sandboxId = sandboxId;
    this.cgroup = cgroup;
    this.control = control;
  }

  /**
   * Watches a running container, in place of how it was watched before.
   *
   * @param bytes its limit; 0: none
   * @param kill what to do, with the bytes that it uses, once it uses more
   */
  synchronized void limit(String containerId, long bytes, LongConsumer kill) {
    if (bytes <= 0) {
      forget(containerId);
      return;
    }
    watched.put(containerId, new Watched(bytes, kill));
    if (thread == null) {
      over = false;
      thread = Thread.ofVirtual().name("gvisor-memory-" + sandboxId).start(this::run);
    }
    if (watched.size() > 1) {
      brake.ifPresent(MemoryBrake::engage);
    }
    wake();
  }

  /**
   * To be called before a container with a limit starts, so that it can't run ahead. One that is
   * alone hurts nobody by reaching the pod's limit first.
   */
  void prepareForAnother() {
    if (!watched.isEmpty()) {
      brake.ifPresent(MemoryBrake::engage);
    }
  }

  void forget(String containerId) {
    if (watched.remove(containerId) != null) {
      wake();
    }
  }

  /** Nothing is left to watch; who was over its limit is still known. */
  void sandboxEnded() {
    over = true;
    wake();
  }

  /**
   * Whether a container was over its limit when the pod as a whole ran out of memory. Where nobody
   * is known to have been, everybody may have.
   */
  boolean blames(String containerId) {
    boolean known = watched.values().stream().anyMatch(each -> each.used > each.limit);
    Watched own = watched.get(containerId);
    return !known || (own != null && own.used > own.limit);
  }

  /** Memory that a container uses for certain: without files of the host that are mapped. */
  long unreclaimable(String containerId, Deadline deadline) {
    return unreclaimable(containerId, control.mappedFileBytes(deadline), deadline);
  }

  /**
   * Per container the sentry gives one sum. The host can drop mapped files at any time, as Linux
   * would before it killed; how much of them is whose is not told, so all of it is taken off.
   */
  private long unreclaimable(String containerId, long mapped, Deadline deadline) {
    return Math.max(0, control.usage(containerId, deadline).memoryBytes() - mapped);
  }

  private void wake() {
    MemoryAlarm current = alarm;
    if (current != null) {
      current.close();
    }
  }

  private void run() {
    while (!finished()) {
      try (MemoryAlarm next = MemoryAlarm.open(cgroup)) {
        alarm = next; // from here on a change wakes us
        next.await(look(next));
      } catch (InterruptedException e) {
        return;
      } catch (IOException | RuntimeException e) {
        // Being at its end, most likely; else the next look tells.
        LOG.debug("memory of sandbox {}: {}", sandboxId, e.getMessage());
        LockSupport.parkNanos(PACE.multipliedBy(20).toNanos());
      }
      LockSupport.parkNanos(PACE.toNanos());
    }
  }

  private synchronized boolean finished() {
    if (over || watched.isEmpty()) {
      thread = null;
      brake.ifPresent(MemoryBrake::release);
      return true;
    }
    return false;
  }

  /** Asks where that can tell anything, kills who is over, and sets the alarm. */
  private Duration look(MemoryAlarm next) throws IOException {
    long used = next.used();
    long lowest = watched.values().stream().mapToLong(each -> each.limit).min().orElse(0);
    if (lowest == 0) {
      next.set(MemoryAlarm.NEVER);
      return Duration.ZERO;
    }
    boolean far = used < lowest;
    long mark = far ? lowest : used + Math.max(LEAST_STEP, leastHeadroom(Deadline.after(ASKING)));
    if (!far) {
      brake.ifPresent(MemoryBrake::adjustSoon);
    }
    next.set(mark);
    // Passed between the look and the setting: the kernel tells only of what comes after.
    return next.used() >= mark ? Duration.ZERO : far ? FAR : NEAR;
  }

  /**
   * Asks for all containers and kills who is over its limit.
   *
   * @return bytes, of the container that is closest to its limit
   */
  private long leastHeadroom(Deadline deadline) {
    asking.lock();
    try {
      long least = Long.MAX_VALUE >> 1;
      long mapped = control.mappedFileBytes(deadline);
      for (Map.Entry<String, Watched> each : watched.entrySet()) {
        Watched container = each.getValue();
        if (container.killed) {
          continue;
        }
        container.used = usedBy(each.getKey(), mapped, deadline);
        if (container.used > container.limit) {
          container.kill.accept(container.used);
          container.killed = true;
        } else {
          least = Math.min(least, container.limit - container.used);
        }
      }
      return least;
    } finally {
      asking.unlock();
    }
  }

  private long usedBy(String containerId, long mapped, Deadline deadline) {
    try {
      return unreclaimable(containerId, mapped, deadline);
    } catch (SandboxException e) {
      if (e.code() == ErrorCode.NOT_FOUND || e.code() == ErrorCode.WRONG_STATE) {
        return 0; // on its way in or out
      }
      throw e;
    }
  }
}
